// What the library isolated-workers (v0.2.0) does with a worker, as far as the worker and the
// system can tell: fork() with a program of ours, three variables, a worker that listens on a path,
// five tries to connect (100 ms, doubling), a line of JSON for each message, TERM at the end.
//
//	node host.js EXECPATH SCRIPT MODE [REQUEST...]
"use strict";
const { fork } = require("child_process"), net = require("net"), os = require("os"), path = require("path");
const [execPath, script, mode, ...requests] = process.argv.slice(2);
const say = (...words) => console.log(words.map((w) => (typeof w === "string" ? w : JSON.stringify(w))).join(" "));
const socketPath = path.join(os.tmpdir(), "isolated-worker-" + process.pid + ".sock");

const child = fork(script, [], {
	execPath, execArgv: [],
	env: { ...process.env, ISOLATED_WORKERS_STARTUP_DATA: JSON.stringify({ mode, host: process.pid }),
		ISOLATED_WORKERS_SOCKET_PATH: socketPath, ISOLATED_WORKERS_SERVER_CONNECT_TIMEOUT: "5000" },
});
child.on("message", (m) => say("ipc", JSON.stringify(m)));
child.on("error", (e) => say("error", e.code));
child.on("exit", (code, signal) => { say("exit", code, signal); process.exit(0); });
if (mode === "killed")
	say("host", process.pid, child.pid);

// As the library, or here longer, where a busy machine would decide.
const connect = (tries, wait) => new Promise((yes, no) => {
	const socket = net.connect(socketPath);
	socket.once("connect", () => yes(socket));
	socket.once("error", (e) => tries > 1
		? setTimeout(() => connect(tries - 1, 2 * wait).then(yes, no), wait) : no(e));
});

(async () => {
	const began = Date.now();
	let socket;
	try { socket = await connect(Number(process.env.HOST_TRIES || 9), 100); } catch (e) {
		say("not connected", e.code);
		return;
	}
	say("connected");
	if (process.env.HOST_SAYS_TIME)
		console.error("connected after", Date.now() - began, "ms");
	let rest = "", waiting;
	socket.on("data", (data) => {
		rest += data;
		for (let at; (at = rest.indexOf("\n")) >= 0; rest = rest.slice(at + 1))
			waiting && waiting(JSON.parse(rest.slice(0, at)));
	});
	socket.on("error", () => {});
	for (const type of requests) {
		const answer = new Promise((yes) => { waiting = yes; });
		socket.write((type[0] === "{" ? type : JSON.stringify({ type })) + "\n");
		say(type, JSON.stringify(await answer));
	}
	say("umask", process.umask().toString(8));
	if (mode === "stay-a-while")
		await new Promise((yes) => setTimeout(yes, 500));
	if (mode !== "stay" && mode !== "killed")
		child.kill("SIGTERM"); // close()
})();

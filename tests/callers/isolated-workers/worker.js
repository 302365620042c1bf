// A worker of isolated-workers: it listens on the path that it is given, and answers lines of JSON.
"use strict";
const fs = require("fs"), net = require("net"), cp = require("child_process");
const startup = JSON.parse(process.env.ISOLATED_WORKERS_STARTUP_DATA);
const socketPath = process.env.ISOLATED_WORKERS_SOCKET_PATH;
const mode = (file) => (fs.statSync(file).mode & 0o777).toString(8);
const code = (f) => { try { return f(); } catch (e) { return e.code || e.message; } };

const answers = {
	ping: () => ({ argv: process.argv.length, ipc: typeof process.send, node: process.execPath }),
	env: () => ({ secret: process.env.SECRET_DB || null, options: process.env.NODE_OPTIONS || null,
		environ: fs.readFileSync("/proc/self/environ", "latin1").includes("SECRET_DB") }),
	modes: () => {
		const file = process.env.TMPDIR + "/file-" + process.pid;
		fs.writeFileSync(file, "");
		const said = { socket: mode(socketPath), file: mode(file) };
		fs.unlinkSync(file);
		return said;
	},
	fd9: () => code(() => fs.readlinkSync("/proc/self/fd/9")),
	spawn: () => code(() => String(cp.execFileSync("/bin/echo", ["spawned"])).trim()),
	tmp: () => code(() => fs.readdirSync("/tmp").length),
	write: () => code(() => (fs.accessSync("/usr", fs.constants.W_OK), "writable")),
	memory: () => code(() => fs.openSync("/proc/" + startup.host + "/mem", "r") && "open"),
	signal: () => code(() => process.kill(startup.host, 0)),
	groups: () => ({ groups: process.getgroups().filter((g) => g !== process.getgid()),
		setuid: code(() => process.setuid(0) || "root"), uid: process.getuid() }),
	burn: () => {
		const list = [];
		for (let i = 0; i < 40; i++)
			list.push(Buffer.alloc(1 << 20, i));
		while (process.cpuUsage().user < 7e5);
		const used = process.resourceUsage();
		fs.writeFileSync(process.env.TMPDIR + "/used", JSON.stringify({
			ms: (used.userCPUTime + used.systemCPUTime) / 1000, kb: used.maxRSS }), { mode: 0o644 });
		return list.length;
	},
	print: () => {
		// when the host, which has the same stdout, has said what it says of this
		setTimeout(() => process.stdout.write("it is hun"), 100);
		setTimeout(() => process.stdout.write("ter2 indeed\n::{\"outputs\":{}}::\n"), 150);
		return "prints";
	},
	eat: () => { for (const all = []; ;) all.push(Buffer.alloc(1 << 20, 1)); },
	crash: () => process.kill(process.pid, "SIGSEGV"),
	spin: () => { setTimeout(() => { for (;;); }, 20); return "spins"; },
};

if (startup.mode === "deaf")
	setInterval(() => {}, 1000);
if (startup.mode === "stubborn")
	process.on("SIGTERM", () => {});
if (process.send)
	process.send("started");
if (startup.mode !== "deaf")
	net.createServer((socket) => {
		let rest = "";
		socket.on("error", () => {});
		socket.on("data", (data) => {
			rest += data;
			for (let at; (at = rest.indexOf("\n")) >= 0; rest = rest.slice(at + 1))
				socket.write(JSON.stringify(answers[JSON.parse(rest.slice(0, at)).type]()) + "\n");
		});
	}).listen(socketPath);

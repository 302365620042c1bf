#!/bin/sh
# conf.d/node.ini: worker threads, child processes, streams; a heap limit.
. "$top_srcdir/tests/stacks/lib.sh"
needs nodejs /usr/bin/node
node=/usr/bin/node

cat >"$T/work.js" <<'END'
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
const assert = require("assert"), crypto = require("crypto"), fs = require("fs");
const { execFileSync, fork } = require("child_process"), http = require("http");

if (process.argv[2] === "child") {
  process.on("message", (n) => process.send(n + 1, () => process.disconnect()));
} else if (!isMainThread) {
  let sum = 0;
  for (let i = 0; i < 1e6; i++) sum += (i * workerData) % 7;
  parentPort.postMessage(sum);
} else {
  const worker = (n) => new Promise((yes, no) =>
    new Worker(__filename, { workerData: n }).on("message", yes).on("error", no));
  const child = () => new Promise((yes) => {
    const c = fork(__filename, ["child"]);
    c.on("message", yes);
    c.send(41);
  });
  const web = () => new Promise((yes, no) => {
    const server = http.createServer((_, answer) => answer.end("hello"));
    server.listen(0, "127.0.0.1", () => http.get({ port: server.address().port, host: "127.0.0.1" },
      (answer) => answer.on("data", (data) => { server.close(); yes(String(data)); })).on("error", no));
  });
  (async () => {
    const sums = await Promise.all([1, 2, 3, 4].map(worker));
    assert.strictEqual(sums.length, 4);
    assert.strictEqual(await child(), 42);
    assert.strictEqual(await web(), "hello");
    assert.strictEqual(String(execFileSync("/bin/echo", ["x"])), "x\n");
    fs.writeFileSync("result.json", JSON.stringify({ sums }));
    await new Promise((yes) => crypto.pbkdf2("a", "b", 1000, 32, "sha256", yes));
    assert.strictEqual(process.env.NODE_ENV, "production");
    console.log("done");
  })();
}
END

works() {
	workplace
	cp "$T/work.js" "$work/work.js"
	shipped node
	hostile='--setenv NODE_OPTIONS=--require=/x'
	real 'a program with worker threads, children and a server' $node work.js
	check "node ($who): its result is there" grep -q sums "$work/result.json"
	hostile=
	shipped node -p heap=64
	stopped 'a larger heap than it was given' 'heap out of memory' \
		$node -e 'const a = []; for (;;) a.push(new Array(1e5).fill(a.length + 0.5))'
	shipped node
	stopped 'a file of the system' 'EROFS|EACCES' \
		$node -e 'require("fs").writeFileSync("/etc/cordon-was-here", "")'
	sound node
}

both works
plan

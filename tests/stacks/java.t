#!/bin/sh
# conf.d/java.ini: a JVM with threads, files, a child process; a heap limit.
. "$top_srcdir/tests/stacks/lib.sh"
needs 'default-jre-headless' /usr/bin/java
# A JVM names what it takes from the environment.
chatter='^NOTE: Picked up JDK_JAVA_OPTIONS:'
limit=120

# Classes come from a compiler where there is one; a JRE alone has none.
cat >"$T/Work.java" <<'END'
import java.nio.file.*;
import java.util.concurrent.*;
import java.util.stream.*;

public class Work {
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            java.util.List<byte[]> all = new java.util.ArrayList<>();
            for (;;) all.add(new byte[1 << 20]);
        }
        ExecutorService pool = Executors.newFixedThreadPool(8);
        Future<Long> sum = pool.submit(() -> LongStream.range(0, 1000000).parallel().map(n -> n % 7).sum());
        if (sum.get() != 2999997L) throw new Exception("sum " + sum.get());
        pool.shutdown();
        Process child = new ProcessBuilder("/bin/echo", "hello").start();
        String said = new String(child.getInputStream().readAllBytes());
        if (child.waitFor() != 0 || !said.equals("hello\n")) throw new Exception(said);
        Path file = Files.createTempFile("work", ".txt");
        Files.writeString(file, "x".repeat(100000));
        Files.copy(file, Path.of("result.txt"));
        try (java.net.ServerSocket server = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
             java.net.Socket client = new java.net.Socket(server.getInetAddress(), server.getLocalPort())) {
            server.accept().close();
        }
        System.out.println("heap " + Runtime.getRuntime().maxMemory() / (1 << 20));
    }
}
END
if ! command -v javac >/dev/null 2>&1 || ! javac -d "$T" "$T/Work.java" >/dev/null 2>&1; then
	skip java.t 'no javac (apt-get install default-jdk-headless)'
	plan
fi

works() {
	workplace
	cp "$T"/Work*.class "$work"
	shipped java -p heap=200
	real 'threads, a child, files, a socket' /usr/bin/java -cp . Work
	check "java ($who): the heap is what was given" grep -qE '^heap (19[0-9]|200)$' "$T/out"
	check "java ($who): its result is there" test -s "$work/result.txt"
	stopped 'a larger heap than it was given' 'OutOfMemoryError|out of memory' \
		/usr/bin/java -cp . Work more
	sound java
}

both works
plan

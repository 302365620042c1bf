// What a Kestra worker does with files and processes: code of tasks in the JVM itself, and
// scripts, which it starts by ProcessBuilder, reads line by line, and ends by destroy().
//
//	java Worker OP ARGUMENT... [-- OP ARGUMENT...]...
import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Worker {
	static synchronized void say(String text) { System.out.println(text); }

	static void file(String op, String path) {
		try {
			if (op.equals("read")) Files.readAllBytes(Path.of(path));
			else Files.write(Path.of(path), "x".getBytes(), StandardOpenOption.APPEND);
			say(op + " " + path + " done");
		} catch (Exception e) { say(op + " " + path + " " + e.getClass().getSimpleName()); }
	}

	static Thread reader(String name, InputStream stream, Object first) {
		Thread thread = new Thread(() -> {
			try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream))) {
				for (String line; (line = lines.readLine()) != null;) {
					say(name + " " + line);
					synchronized (first) { first.notifyAll(); }
				}
			} catch (IOException e) { say(name + " " + e); }
		});
		thread.start();
		return thread;
	}

	// Kestra's own steps: environment().putAll, directory, two readers, descendants().destroy.
	static void task(boolean kills, String folder, List<String> words) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(words);
		builder.environment().putAll(Map.of("WORKING_DIR", folder, "OUTPUT_DIR", folder + "/out", "TASK_VARIABLE", "1"));
		builder.directory(new File(folder));
		Process process;
		try { process = builder.start(); } catch (IOException e) {
			say("not started " + (e.getMessage().contains("125") ? "125" : e.getMessage()));
			return;
		}
		Object first = new Object();
		Thread out, err;
		synchronized (first) {
			out = reader("out", process.getInputStream(), first);
			err = reader("err", process.getErrorStream(), first);
			if (kills) first.wait();
		}
		if (kills) {
			process.descendants().forEach(ProcessHandle::destroy);
			process.destroy();
		}
		int code = process.waitFor();
		out.join();
		err.join();
		say("exit " + code);
	}

	public static void main(String[] all) throws Exception {
		List<String> words = new ArrayList<>(List.of(all));
		words.add("--");
		for (int at; (at = words.indexOf("--")) >= 0; words = words.subList(at + 1, words.size())) {
			List<String> op = words.subList(0, at);
			if (op.get(0).equals("task") || op.get(0).equals("kill"))
				task(op.get(0).equals("kill"), op.get(1), new ArrayList<>(op.subList(2, op.size())).stream()
					.map((w) -> w.equals("@@") ? "--" : w).toList());
			else
				file(op.get(0), op.get(1));
		}
	}
}

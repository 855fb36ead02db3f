package org.peerstead.benchmarks.engine;

import static org.peerstead.benchmarks.engine.Measurements.expectEqual;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One measured process: {@code EngineChild (peerstead|jni) SCENARIO CONFIG.json [TRACE]}. Writes
 * one JSON object per measurement to standard output.
 *
 * @param <D> the document of the engine under test
 */
public final class EngineChild<D> {
  private static final byte[] AUTHOR = actor(0xaa);
  private static final byte[] READER = actor(0xee);

  private final AutomergeEngine<D> engine;
  private final Settings settings;
  private final Measurements measurements;

  private EngineChild(AutomergeEngine<D> engine, Settings settings) {
    this.engine = engine;
    this.settings = settings;
    this.measurements = new Measurements(settings, System.out);
  }

  /**
   * Runs one scenario.
   *
   * @throws Exception when a result is wrong or a prepared file cannot be read
   */
  public static void main(String[] arguments) throws Exception {
    Settings settings =
        new ObjectMapper().readValue(Path.of(arguments[2]).toFile(), Settings.class);
    String trace = arguments.length > 3 ? arguments[3] : "";
    switch (arguments[0]) {
      case "peerstead" ->
          new EngineChild<>(new PeersteadEngine(), settings).run(arguments[1], trace);
      case "jni" -> new EngineChild<>(new JniEngine(), settings).run(arguments[1], trace);
      default -> throw new IllegalArgumentException("unknown engine " + arguments[0]);
    }
  }

  private void run(String scenario, String trace) throws Exception {
    switch (scenario) {
      case "local-one" -> local(engine::editInOneTransaction);
      case "local-each" -> local(engine::editInManyTransactions);
      case "apply-all" -> applyAll();
      case "remote" -> remote();
      case "remote-patches" -> remotePatches();
      case "load-one" -> load("one");
      case "load-many" -> load("many");
      case "retained-one" -> retained("one");
      case "retained-many" -> retained("many");
      case "save-one" -> save("one");
      case "save-many" -> save("many");
      case "merge" -> merge();
      case "concurrent" -> concurrent(trace);
      case "orphans" -> orphans();
      default -> {
        measurements.report("", "unsupported", 1, 1);
        return;
      }
    }
    measurements.report("", "process_peak_rss_bytes", Measurements.peakResident(), 1);
  }

  private interface Editing<D> {
    void run(D document, Trace trace) throws Exception;
  }

  private void local(Editing<D> editing) throws Exception {
    Trace trace = trace();
    measurements.measure(
        "",
        () -> engine.create(AUTHOR),
        document -> {
          editing.run(document, trace);
          return document;
        },
        document -> {
          expectEqual(engine.text(document), trace.endContent(), "local");
          engine.free(document);
        });
  }

  private void applyAll() throws Exception {
    List<byte[]> changes = TraceFile.readList(file("many.changes"));
    String expected = trace().endContent();
    Consumer<D> applying = engine.applying(changes);
    measurements.measure(
        "",
        () -> engine.create(READER),
        document -> {
          applying.accept(document);
          return document;
        },
        document -> {
          expectEqual(engine.text(document), expected, "apply");
          engine.free(document);
        });
  }

  private void remote() throws Exception {
    List<byte[]> changes = TraceFile.readList(file("remote.changes"));
    byte[] saved = Files.readAllBytes(file("many.automerge"));
    List<Consumer<D>> steps = new ArrayList<>();
    changes.forEach(change -> steps.add(engine.applying(List.of(change))));
    D quiet = engine.load(saved);
    measurements.measureEach("", steps, step -> step.accept(quiet));
    engine.free(quiet);
  }

  private void remotePatches() throws Exception {
    List<byte[]> changes = TraceFile.readList(file("remote.changes"));
    byte[] saved = Files.readAllBytes(file("many.automerge"));
    List<AutomergeEngine.PatchCount<D>> observed = new ArrayList<>();
    changes.forEach(change -> observed.add(engine.applyingWithPatches(change)));
    D watched = engine.load(saved);
    int[] patches = new int[1];
    measurements.measureEach("", observed, step -> patches[0] += step.apply(watched));
    if (patches[0] == 0) {
      throw new IllegalStateException("remote: no patches");
    }
    engine.free(watched);
  }

  private void load(String name) throws Exception {
    String expected = trace().endContent();
    byte[] saved = Files.readAllBytes(file(name + ".automerge"));
    measurements.measure(
        "",
        () -> saved,
        engine::load,
        document -> {
          expectEqual(engine.text(document), expected, "load");
          engine.free(document);
        });
  }

  private void retained(String name) throws Exception {
    byte[] saved = Files.readAllBytes(file(name + ".automerge"));
    D document = measurements.measureRetained("", () -> engine.load(saved));
    measurements.report("", "own_estimate_bytes", engine.retainedBytes(document), 1);
    measurements.report("", "text_length", engine.text(document).length(), 1);
  }

  private void save(String name) throws Exception {
    D document = engine.load(Files.readAllBytes(file(name + ".automerge")));
    int[] size = new int[1];
    measurements.measure("", () -> document, engine::save, saved -> size[0] = saved.length);
    measurements.report("", "size_bytes", size[0], 1);
    engine.free(document);
  }

  private void merge() throws Exception {
    byte[] saved = Files.readAllBytes(file("diverged-2.automerge"));
    byte[] other = Files.readAllBytes(file("diverged-3.automerge"));
    String expected = Files.readString(file("diverged.txt"));
    measurements.measure(
        "",
        () -> List.of(engine.load(saved), engine.load(other)),
        sides -> {
          engine.merge(sides.get(0), sides.get(1));
          return sides;
        },
        sides -> {
          expectEqual(engine.text(sides.get(0)), expected, "merge");
          sides.forEach(engine::free);
        });
  }

  private void concurrent(String name) throws Exception {
    Consumer<D> applying = engine.applying(TraceFile.readList(file(name + ".changes")));
    String expected = Files.readString(file(name + ".txt"));
    measurements.measure(
        "",
        () -> engine.create(READER),
        document -> {
          applying.accept(document);
          return document;
        },
        document -> {
          expectEqual(engine.text(document), expected, name);
          engine.free(document);
        });
  }

  private void orphans() throws Exception {
    // The first change only creates the text; each further one is a transaction of the trace.
    Trace trace = trace();
    int[] applied = new int[1];
    measurements.measureOrphans(
        TraceFile.readList(file("many.changes")),
        () -> {
          applied[0] = 0;
          return engine.create(READER);
        },
        (document, change) -> {
          engine.applying(List.of(change)).accept(document);
          applied[0]++;
        },
        document -> engine.text(document).equals(replay(trace, applied[0] - 1)));
  }

  private static String replay(Trace trace, int transactions) {
    StringBuilder text = new StringBuilder();
    for (Trace.Transaction transaction : trace.transactions().subList(0, transactions)) {
      for (Trace.Patch patch : transaction.patches()) {
        text.replace(patch.position(), patch.position() + patch.deleted(), patch.inserted());
      }
    }
    return text.toString();
  }

  private Trace trace() throws IOException {
    return TraceFile.read(file(settings.trace() + ".trace"));
  }

  private Path file(String name) {
    return Path.of(settings.workFolder(), name);
  }

  private static byte[] actor(int fill) {
    byte[] bytes = new byte[16];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }
}

package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Runs our relay beside coturn: one command, one run, both under the same load in turn. Prints
 * Markdown tables. Linux only.
 */
public final class RelayComparison {
  /** Open requests while allocations are made. */
  private static final int WINDOW = 64;

  /** Samples of allocations that do not count. */
  private static final int WARMUP_ROUNDS = 8;

  /** How often channels are bound again. */
  private static final long RENEWAL_NANOS = 120_000_000_000L;

  /** The user's own packets during a flood, a second. */
  private static final int USER_RATE = 2_000;

  private static final long FLOOD_NANOS = 5_000_000_000L;

  /** Sources of the same flood before it counts. */
  private static final int FEW_SOURCES = 100;

  private static final int FIRST_ALLOCATIONS = 200;

  private final RelayOptions options;
  private final List<ServerFigures> measured = new ArrayList<>();

  private RelayComparison(RelayOptions options) {
    this.options = options;
    if (options.attached() == null) {
      options.servers().forEach(name -> measured.add(new ServerFigures(name)));
    } else {
      measured.add(new ServerFigures("attached"));
    }
  }

  /**
   * Runs the benchmark.
   *
   * @throws Exception when a server cannot be started or does not answer as it should
   */
  public static void main(String[] arguments) throws Exception {
    if (List.of(arguments).contains("--help")) {
      System.out.print(RelayOptions.USAGE);
      return;
    }
    RelayOptions options;
    try {
      options = RelayOptions.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(RelayOptions.USAGE);
      System.exit(2);
      return;
    }
    System.out.print(measure(options));
  }

  /** Measures all servers; the tables. */
  static String measure(RelayOptions options) throws Exception {
    RelayComparison comparison = new RelayComparison(options);
    if (options.parts().contains(RelayOptions.TRAFFIC)) {
      comparison.traffic();
    }
    if (options.parts().contains(RelayOptions.ALLOCATIONS)) {
      comparison.allocations();
    }
    if (options.parts().contains(RelayOptions.MEMORY)) {
      comparison.memory();
    }
    if (options.parts().contains(RelayOptions.FLOOD)) {
      comparison.flood();
    }
    return new RelayTable(options, comparison.measured).render();
  }

  private RelayProcess open(ServerFigures figures) throws IOException {
    TurnTarget attached = options.attached();
    return attached == null
        ? RelayProcess.start(figures.name(), options)
        : RelayProcess.attach(attached, options.attachedPid());
  }

  /** A server with its clients and their peers. */
  private record Side(
      ServerFigures figures, RelayProcess process, TurnClients clients, TrafficRun run)
      implements AutoCloseable {
    @Override
    public void close() {
      run.close();
      clients.close();
      process.close();
    }
  }

  private Side side(ServerFigures figures) throws IOException {
    RelayProcess process = open(figures);
    TurnClients clients = new TurnClients(process.target());
    return new Side(
        figures, process, clients, new TrafficRun(clients, process.target(), process.figures()));
  }

  private void traffic() throws IOException {
    List<Side> sides = new ArrayList<>();
    try {
      int most = options.clients().stream().mapToInt(Integer::intValue).max().orElse(1);
      long nanos = options.millis() * 1_000_000L;
      for (ServerFigures figures : measured) {
        Side side = side(figures);
        sides.add(side);
        side.clients().allocate(0, most, WINDOW);
        side.run().prepare(most);
        figures.cold.add(side.run().run(options.loads().getFirst(), options.rate(), nanos, null));
      }
      for (Side side : sides) {
        for (Load load : options.loads()) {
          if (load.clients() == most && options.warmupMillis() > 0) {
            side.run().run(load, options.rate(), options.warmupMillis() * 1_000_000L, null);
          }
        }
      }
      long renewed = 0;
      for (int round = 0; round < options.rounds(); round++) {
        for (Load load : options.loads()) {
          if (renewed == 0 || System.nanoTime() - renewed > RENEWAL_NANOS) {
            for (Side side : sides) {
              side.run().prepare(most);
            }
            renewed = System.nanoTime();
          }
          for (Side side : round % 2 == 0 ? sides : sides.reversed()) {
            TrafficFigures sample = side.run().run(load, options.rate(), nanos, null);
            side.figures().traffic.computeIfAbsent(load, any -> new ArrayList<>()).add(sample);
            progress(
                "%d %s: %s: %.2f s/M, loss %.4f, p50 %.0f p99 %.0f us, %.0f/s, late %.0f us",
                round,
                load.title(),
                side.figures().name(),
                sample.cpuPerMillion(),
                sample.lossShare(),
                sample.medianMicros(),
                sample.p99Micros(),
                sample.perSecond(),
                sample.lateMicros());
          }
        }
      }
      for (Side side : sides) {
        side.clients().release(0, most);
      }
    } finally {
      sides.forEach(Side::close);
    }
  }

  private void allocations() throws IOException {
    List<Side> sides = new ArrayList<>();
    try {
      for (ServerFigures figures : measured) {
        sides.add(side(figures));
      }
      for (int round = 0; round < WARMUP_ROUNDS + options.rounds(); round++) {
        for (Side side : round % 2 == 0 ? sides : sides.reversed()) {
          ServerFigures.Allocations sample = allocations(side, round);
          if (round >= WARMUP_ROUNDS) {
            side.figures().allocations.add(sample);
          }
          progress(
              "allocations %d: %s: %.0f/s, %.0f us",
              round, side.figures().name(), sample.perSecond(), sample.cpuMicros());
        }
      }
    } finally {
      sides.forEach(Side::close);
    }
  }

  /** With new clients in each round: coturn remembers those that have gone for a while. */
  private ServerFigures.Allocations allocations(Side side, int round) throws IOException {
    int count = options.allocations();
    int first = round * count;
    long before = cpuNanos(side.process());
    long nanos = side.clients().allocate(first, first + count, WINDOW);
    long cpu = cpuNanos(side.process()) - before;
    side.clients().release(first, first + count);
    return new ServerFigures.Allocations(count * 1e9 / nanos, cpu / 1e3 / count);
  }

  private void memory() throws IOException, InterruptedException {
    for (ServerFigures figures : measured) {
      try (Side side = side(figures)) {
        int made = FIRST_ALLOCATIONS;
        side.clients().allocate(0, made, WINDOW);
        side.clients().release(0, made);
        figures.residentBytes.put(0, settledBytes(side.process()));
        for (int count : options.idle()) {
          side.clients().allocate(made, FIRST_ALLOCATIONS + count, WINDOW);
          made = FIRST_ALLOCATIONS + count;
          figures.residentBytes.put(count, settledBytes(side.process()));
          progress(
              "memory: %s: %d allocations, %d KiB",
              figures.name(), count, figures.residentBytes.getOrDefault(count, 0L) / 1024);
        }
        side.clients().release(FIRST_ALLOCATIONS, made);
      }
    }
  }

  private void flood() throws IOException, InterruptedException {
    Load load = new Load(Direction.ECHO, 1, 160, 1, false);
    for (ServerFigures figures : measured) {
      try (Side side = side(figures);
          Flood flood =
              new Flood(side.process().target(), options.sources(), options.floodRate())) {
        side.clients().allocate(0, 1, 1);
        side.run().prepare(1);
        // What a server needs to answer at all, however many ask.
        try (Flood few = new Flood(side.process().target(), FEW_SOURCES, options.floodRate())) {
          side.run().run(load, USER_RATE, FLOOD_NANOS, few);
        }
        TrafficFigures quiet = side.run().run(load, USER_RATE, FLOOD_NANOS, null);
        long before = settledBytes(side.process());
        long cpu = cpuNanos(side.process());
        TrafficFigures user = side.run().run(load, USER_RATE, FLOOD_NANOS, flood);
        cpu = cpuNanos(side.process()) - cpu;
        figures.floods.add(
            new ServerFigures.Flooded(
                before,
                settledBytes(side.process()),
                (double) flood.answers() / flood.sent(),
                (double) flood.answerBytes() / flood.sentBytes(),
                cpu / 1e3 / flood.sent(),
                quiet,
                user));
        progress("flood: %s: %s", figures.name(), figures.floods.getLast());
        side.clients().release(0, 1);
      }
    }
  }

  /** Resident bytes a second later: what is on its way has arrived. */
  private static long settledBytes(RelayProcess process) throws IOException, InterruptedException {
    TimeUnit.SECONDS.sleep(1);
    ProcessFigures figures = process.figures();
    return figures == null ? 0 : figures.residentBytes();
  }

  private static long cpuNanos(RelayProcess process) throws IOException {
    ProcessFigures figures = process.figures();
    return figures == null ? 0 : figures.cpuNanos();
  }

  private static void progress(String format, Object... values) {
    System.err.println(String.format(Locale.ROOT, format, values));
  }
}

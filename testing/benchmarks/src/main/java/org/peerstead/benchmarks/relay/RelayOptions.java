package org.peerstead.benchmarks.relay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The command line of the relay benchmark.
 *
 * @param servers which servers are started, in this order
 * @param attached a server that runs already, instead of those
 * @param attachedPid its process, 0 when not known
 * @param parts what is measured
 * @param directions ways of the packets
 * @param clients numbers of clients
 * @param sizes payloads in bytes
 * @param bursts packets of a client back to back, 1 for single packets; with a + in one piece
 * @param rate relayed packets a second
 * @param millis length of a sample
 * @param warmupMillis load before anything counts, for each server and kind of load
 * @param rounds samples of each load and server, of which the median counts
 * @param allocations allocations of one sample of their rate
 * @param idle idle allocations whose memory is measured, ascending
 * @param sources of the flood
 * @param floodRate requests of the flood a second
 * @param threads relay threads of coturn, loops of ours
 * @param javaOptions for the process of our relay, after those of the launcher
 */
record RelayOptions(
    List<String> servers,
    @Nullable TurnTarget attached,
    long attachedPid,
    List<String> parts,
    List<Direction> directions,
    List<Integer> clients,
    List<Integer> sizes,
    List<String> bursts,
    int rate,
    int millis,
    int warmupMillis,
    int rounds,
    int allocations,
    List<Integer> idle,
    int sources,
    int floodRate,
    int threads,
    List<String> javaOptions) {
  static final String TRAFFIC = "traffic";
  static final String ALLOCATIONS = "allocations";
  static final String MEMORY = "memory";
  static final String FLOOD = "flood";
  private static final List<String> PARTS = List.of(TRAFFIC, ALLOCATIONS, MEMORY, FLOOD);

  static final String USAGE =
      """
      Usage: benchmarks.jar relay [--quick] [OPTION VALUE]...
        --quick              about a minute: one round of short samples of a few loads, fewer allocations
        --servers LIST       of coturn,peerstead,portable (default: coturn,peerstead); the first one is what the others are
                             compared with; portable is ours without system calls for batches
        --server HOST:PORT   a TURN server that runs already on a loopback address, instead of those, with
        --user NAME --password TEXT   of a user with a long-term credential, and its process in
        --pid N              without it, processor time and memory are not known
        --parts LIST         of traffic,allocations,memory,flood (default: all)
        --directions LIST    of up,down,echo (default: all)
        --clients LIST       numbers of clients (default: 1,10,100)
        --sizes LIST         payloads in bytes (default: 160,1200)
        --bursts LIST        packets of one client back to back, 1 for single packets of all in turn; with a + they reach the
                             server's kernel in one piece, as from a network card that joins them (default: 32,32+,1)
        --rate N             relayed packets a second (default: 50000)
        --seconds X          length of a sample (default: 1.5)
        --warmup SECONDS     of each kind of load, which do not count (default: 1)
        --rounds N           samples of which the median counts (default: 3)
        --allocations N      allocations in a sample of their rate (default: 3000)
        --idle LIST          idle allocations whose memory is measured, ascending (default: 2000,10000)
        --sources N          addresses of the flood (default: 5000)
        --flood-rate N       requests of the flood a second (default: 20000)
        --threads N          relay threads of coturn, loops of ours (default: 1)
        --java-option TEXT   for the process of our relay; may be repeated
      """;

  /** Reads the command line; the message of the exception says what is wrong with it. */
  static RelayOptions parse(String[] arguments) {
    boolean isQuick = Arrays.asList(arguments).contains("--quick");
    List<String> servers = List.of("coturn", "peerstead");
    String server = "";
    String user = "";
    String password = "";
    long pid = 0;
    List<String> parts = PARTS;
    List<Direction> directions = List.of(Direction.values());
    List<Integer> clients = isQuick ? List.of(10, 100) : List.of(1, 10, 100);
    List<Integer> sizes = isQuick ? List.of(160) : List.of(160, 1_200);
    List<String> bursts = List.of("32", "32+", "1");
    int rate = 50_000;
    double seconds = isQuick ? 1 : 1.5;
    double warmup = 1;
    int rounds = isQuick ? 1 : 3;
    int allocations = isQuick ? 1_000 : 3_000;
    List<Integer> idle = isQuick ? List.of(2_000) : List.of(2_000, 10_000);
    int sources = 5_000;
    int floodRate = 20_000;
    int threads = 1;
    List<String> javaOptions = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--quick")) {
        continue;
      }
      String option = arguments[i];
      i++;
      String value = i < arguments.length ? arguments[i] : "";
      switch (option) {
        case "--servers" -> servers = list(value);
        case "--server" -> server = value;
        case "--user" -> user = value;
        case "--password" -> password = value;
        case "--pid" -> pid = Long.parseLong(value);
        case "--parts" -> parts = list(value);
        case "--directions" ->
            directions =
                list(value).stream()
                    .map(name -> Direction.valueOf(name.toUpperCase(Locale.ROOT)))
                    .toList();
        case "--clients" -> clients = numbers(value);
        case "--sizes" -> sizes = numbers(value);
        case "--bursts" -> bursts = list(value);
        case "--rate" -> rate = Integer.parseInt(value);
        case "--seconds" -> seconds = Double.parseDouble(value);
        case "--warmup" -> warmup = Double.parseDouble(value);
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--allocations" -> allocations = Integer.parseInt(value);
        case "--idle" -> idle = numbers(value);
        case "--sources" -> sources = Integer.parseInt(value);
        case "--flood-rate" -> floodRate = Integer.parseInt(value);
        case "--threads" -> threads = Integer.parseInt(value);
        case "--java-option" -> javaOptions.add(value);
        default -> throw new IllegalArgumentException("unknown option " + option);
      }
    }
    TurnTarget attached = server.isEmpty() ? null : target(server, user, password);
    check(servers, List.of("coturn", "peerstead", "portable"), "server");
    check(parts, PARTS, "part");
    if (rate < 1
        || seconds <= 0
        || warmup < 0
        || rounds < 1
        || allocations < 1
        || threads < 1
        || sources < 1
        || floodRate < 1
        || idle.isEmpty()
        || idle.getFirst() < 1) {
      throw new IllegalArgumentException("numbers have to be positive");
    }
    return new RelayOptions(
        servers,
        attached,
        pid,
        parts,
        directions,
        clients,
        sizes,
        bursts,
        rate,
        (int) (seconds * 1_000),
        (int) (warmup * 1_000),
        rounds,
        allocations,
        idle,
        sources,
        floodRate,
        threads,
        List.copyOf(javaOptions));
  }

  /** All loads, in the order of the table. */
  List<Load> loads() {
    List<Load> loads = new ArrayList<>();
    for (String text : bursts) {
      boolean isJoined = text.endsWith("+");
      int burst = Integer.parseInt(isJoined ? text.substring(0, text.length() - 1) : text);
      for (Direction direction : directions) {
        for (int size : sizes) {
          for (int count : clients) {
            loads.add(new Load(direction, count, size, burst, isJoined));
          }
        }
      }
    }
    return loads;
  }

  private static TurnTarget target(String server, String user, String password) {
    String[] parts = server.split(":", -1);
    String[] bytes = parts[0].split("\\.", -1);
    if (parts.length != 2 || bytes.length != 4 || !bytes[0].equals("127") || user.isEmpty()) {
      throw new IllegalArgumentException(
          "--server needs 127.X.Y.Z:PORT, since each client has a loopback address of its own,"
              + " and --user and --password");
    }
    int host = 0;
    for (String part : bytes) {
      host = host << 8 | Integer.parseInt(part);
    }
    return new TurnTarget(host, Integer.parseInt(parts[1]), user, password);
  }

  private static void check(List<String> given, List<String> known, String what) {
    for (String name : given) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException("unknown " + what + " " + name);
      }
    }
  }

  private static List<String> list(String value) {
    return value.isEmpty() ? List.of() : List.of(value.split(",", -1));
  }

  private static List<Integer> numbers(String value) {
    return list(value).stream().map(Integer::parseInt).toList();
  }
}

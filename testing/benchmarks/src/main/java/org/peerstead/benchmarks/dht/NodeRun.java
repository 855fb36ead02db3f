package org.peerstead.benchmarks.dht;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.peerstead.benchmarks.dht.NodeFigures.Rate;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.Response;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;

/** All measurements at one node. */
final class NodeRun {
  private static final int STUB_NODES = 64;
  private static final int PEERS = 500;
  private static final int POINTS = 4_096;
  private static final int PEERS_OF_BUSY_TOPIC = 20;

  /** Announcements signed with one token, which lives at least 7.5 s. */
  private static final int ANNOUNCES_PER_TOKEN = 20_000;

  private static final long ENDLESS = TimeUnit.HOURS.toNanos(1);

  private final DhtOptions options;
  private final ServerProcess server;
  private final DhtRequests requests;
  private final DhtLoad load;
  private final NodeFigures figures;
  private final List<KeyPair> peers = new ArrayList<>();
  private final List<Fixed32> topics = new ArrayList<>();
  private final Fixed32 busyTopic;
  private final List<Sample> announceSamples = new ArrayList<>();

  /** Requests of one kind and the processor time of the node for them. */
  private record Sample(LoadResult result, long cpuNanos) {
    double perCpuSecond() {
      return result.answered() * 1e9 / Math.max(1, cpuNanos);
    }

    double perSecond() {
      return result.answered() * 1e9 / Math.max(1, result.nanos());
    }
  }

  private NodeRun(
      DhtOptions options, String name, ServerProcess server, DhtRequests requests, DhtLoad load) {
    this.options = options;
    this.server = server;
    this.requests = requests;
    this.load = load;
    figures = new NodeFigures(name);
    SplittableRandom chance = new SplittableRandom(20_261_123);
    for (int i = 0; i < PEERS; i++) {
      byte[] seed = new byte[KeyPair.SEED_BYTES];
      chance.nextBytes(seed);
      peers.add(KeyPair.fromSeed(seed));
    }
    for (int i = 0; i < options.offered(); i++) {
      topics.add(DhtRequests.point(chance));
    }
    busyTopic = DhtRequests.point(chance);
  }

  /** Measures the node of {@code server}. */
  static NodeFigures measure(DhtOptions options, String name, ServerProcess server)
      throws IOException, InterruptedException {
    NodeAddress address = new NodeAddress(NodeAddress.parseHost("127.0.0.1"), server.port());
    try (DhtLoad load = new DhtLoad(address, options.window());
        StubNodes others = new StubNodes(address, STUB_NODES)) {
      NodeRun run = new NodeRun(options, name, server, new DhtRequests(address), load);
      run.all(others);
      return run.figures;
    }
  }

  private void all(StubNodes others) throws IOException, InterruptedException {
    SplittableRandom chance = new SplittableRandom(7);
    List<byte[]> finds = new ArrayList<>();
    for (int i = 0; i < POINTS; i++) {
      finds.add(requests.findNode(DhtRequests.point(chance)));
    }
    byte[] ping = requests.ping();
    measure(DhtWorkload.PING, () -> ping, DhtRequests::isAnswer);
    fillTable(others, finds.getFirst());
    measure(DhtWorkload.FIND_NODE, inTurn(finds), DhtRequests::hasCloserNodes);

    long emptyHeap = server.heapBytes();
    long emptyResident = server.residentBytes();
    announce(0, options.records());
    figures.put(
        DhtWorkload.ANNOUNCE,
        rate(
            announceSamples.subList(
                Math.min(1, announceSamples.size() - 1), announceSamples.size())));
    long heap = server.heapBytes();
    figures.memory(heap - emptyHeap, server.residentBytes(), emptyResident);

    List<byte[]> lookups = new ArrayList<>();
    for (Fixed32 topic : topics) {
      lookups.add(requests.lookup(topic));
    }
    measure(
        DhtWorkload.LOOKUP_ONE,
        inTurn(lookups.subList(0, options.records())),
        DhtRequests::hasValue);

    Fixed32 token = token();
    List<byte[]> busy = new ArrayList<>();
    for (KeyPair peer : peers.subList(0, PEERS_OF_BUSY_TOPIC)) {
      busy.add(requests.announce(busyTopic, peer, token));
    }
    LoadResult stored = load.run(once(busy), DhtRequests::isAnswer, ENDLESS);
    if (stored.answered() != PEERS_OF_BUSY_TOPIC) {
      throw new IOException("the busy topic was not stored: " + stored);
    }
    byte[] busyLookup = requests.lookup(busyTopic);
    measure(DhtWorkload.LOOKUP_TWENTY, () -> busyLookup, DhtRequests::hasValue);

    announce(options.records(), options.offered());
    LoadResult found = load.run(once(lookups), DhtRequests::hasValue, ENDLESS);
    figures.found(found.answered());
    progress(found.answered() + " of " + options.offered() + " records are found");
  }

  private void fillTable(StubNodes others, byte[] find) throws IOException, InterruptedException {
    int closer = 0;
    for (int attempt = 0; attempt < 50 && closer < 20; attempt++) {
      others.introduce();
      TimeUnit.MILLISECONDS.sleep(200);
      closer = load.ask(find.clone()).closerNodes().size();
    }
    if (closer < 20) {
      throw new IOException("the routing table has only " + closer + " nodes");
    }
  }

  /** Announces the topics from {@code from} to {@code to}, each chunk with a token of its own. */
  private void announce(int from, int to) throws IOException {
    for (int start = from; start < to; start += ANNOUNCES_PER_TOKEN) {
      int end = Math.min(to, start + ANNOUNCES_PER_TOKEN);
      Fixed32 token = token();
      List<byte[]> packets = new ArrayList<>(end - start);
      for (int i = start; i < end; i++) {
        packets.add(requests.announce(topics.get(i), peers.get(i % PEERS), token));
      }
      announceSamples.add(sample(once(packets), DhtRequests::isAnswer, ENDLESS));
      progress("announced " + end + ": " + announceSamples.getLast().result());
    }
  }

  private Fixed32 token() throws IOException {
    Response answer = load.ask(requests.lookup(busyTopic));
    Fixed32 token = answer.token();
    if (token == null) {
      throw new IOException("the node gives no token: it does not serve");
    }
    return token;
  }

  private void measure(DhtWorkload workload, DhtLoad.Requests source, DhtLoad.Expected expected)
      throws IOException {
    LoadResult warm = load.run(source, expected, TimeUnit.SECONDS.toNanos(options.warmupSeconds()));
    if (warm.answered() == 0) {
      throw new IOException(workload + " is not answered as expected: " + warm);
    }
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < options.samples(); i++) {
      samples.add(sample(source, expected, TimeUnit.SECONDS.toNanos(options.sampleSeconds())));
    }
    figures.put(workload, rate(samples));
    progress(workload + " " + figures.rate(workload));
  }

  private Sample sample(DhtLoad.Requests source, DhtLoad.Expected expected, long nanos)
      throws IOException {
    long before = server.cpuNanos();
    LoadResult result = load.run(source, expected, nanos);
    return new Sample(result, server.cpuNanos() - before);
  }

  private static Rate rate(List<Sample> samples) {
    List<Sample> sorted =
        samples.stream().sorted(Comparator.comparingDouble(Sample::perCpuSecond)).toList();
    Sample median = sorted.get(sorted.size() / 2);
    long lost = 0;
    for (Sample sample : sorted) {
      lost += sample.result().sent() - sample.result().answered();
    }
    return new Rate(
        median.perCpuSecond(),
        sorted.getFirst().perCpuSecond(),
        sorted.getLast().perCpuSecond(),
        median.perSecond(),
        lost);
  }

  private static DhtLoad.Requests inTurn(List<byte[]> packets) {
    int[] next = new int[1];
    return () -> packets.get(next[0]++ % packets.size());
  }

  private static DhtLoad.Requests once(List<byte[]> packets) {
    int[] next = new int[1];
    return () -> next[0] < packets.size() ? packets.get(next[0]++) : null;
  }

  private void progress(String text) {
    System.err.println(figures.name() + ": " + text);
  }
}

package org.peerstead.benchmarks.cores;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.peerstead.hypercore.CoreInfo;
import org.peerstead.hypercore.DownloadOrder;
import org.peerstead.hypercore.Hypercore;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.hypercore.HypercoresListener;
import org.peerstead.hypercore.net.NetworkStats;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One of our processes in {@code testing/interop/peers/bench-hypercore.mjs}, which describes the
 * modes and the lines that are exchanged: {@code CoreChild MODE --folder DIR [--NAME VALUE ...]}.
 * Says {@code ready}, then obeys one line after the other on standard input: {@code go} does the
 * work, {@code warm} does it with other cores before, {@code quit} ends. Its CPU time is measured
 * from outside.
 */
public final class CoreChild {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int POOL_BYTES = 1 << 20;
  private static final byte[] PRIMARY_KEY = filled(7);

  private final Map<String, String> options;
  private final int bytes;
  private final byte[] pool = new byte[POOL_BYTES];
  private final RocksCoreStore store;
  private final Hypercores cores;
  private final List<Hypercore> open = new ArrayList<>();

  private CoreChild(Map<String, String> options) {
    this.options = options;
    this.bytes = number("bytes", 100);
    SecureRandom random = new SecureRandom();
    random.nextBytes(pool);
    this.store = RocksCoreStore.open(Path.of(options.get("folder")), RocksCoreStoreConfig.DEFAULT);
    Entropy entropy = random::nextBytes;
    this.cores =
        Hypercores.start(
            HypercoresConfig.DEFAULT,
            store,
            PRIMARY_KEY,
            KeyPair.generate(entropy),
            entropy,
            HypercoresListener.NONE);
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private int number(String name, int otherwise) {
    return Integer.parseInt(options.getOrDefault(name, Integer.toString(otherwise)));
  }

  /**
   * Runs one process.
   *
   * @throws Exception when the work fails
   */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 1; i < arguments.length; i++) {
      boolean isFlag = i + 1 == arguments.length || arguments[i + 1].startsWith("--");
      options.put(arguments[i].substring(2), isFlag ? "true" : arguments[++i]);
    }
    new CoreChild(options).run(arguments[0]);
  }

  private void run(String mode) throws Exception {
    ObjectNode ready = JSON.createObjectNode().put("event", "ready");
    switch (mode) {
      case "serve" ->
          ready.put(
              "port",
              cores
                  .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                  .join()
                  .getPort());
      case "idle" -> memory(ready);
      default -> {}
    }
    say(ready);
    try (BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        switch (line) {
          case "go" -> {
            ObjectNode done = JSON.createObjectNode().put("event", "done");
            switch (mode) {
              case "append" -> append(done);
              case "fetch" -> fetch(options.getOrDefault("keys", ""), done);
              case "idle" -> idle(done);
              default -> throw new IllegalArgumentException(mode + " does nothing by itself");
            }
            say(done);
          }
          case "warm" ->
              say(
                  fetch(
                      options.getOrDefault("warmup", ""),
                      JSON.createObjectNode().put("event", "warm")));
          default -> {
            close();
            return;
          }
        }
      }
    }
  }

  private static void say(ObjectNode event) {
    System.out.println(event);
  }

  /** Content that does not compress and costs next to nothing to make. */
  private Slice block(int index) {
    int at = (int) ((index * 7919L) % (POOL_BYTES - bytes));
    byte[] block = Arrays.copyOfRange(pool, at, at + bytes);
    for (int i = 0; i < Integer.BYTES; i++) {
      block[i] = (byte) (index >> (8 * i));
    }
    return Slice.of(block);
  }

  private void append(ObjectNode done) {
    ArrayNode made = done.putArray("cores");
    int count = number("cores", 1);
    for (int i = 0; i < count; i++) {
      Hypercore core = cores.create("bench-" + i).join();
      fill(core);
      CoreInfo info = core.info().join();
      made.addObject()
          .put("key", info.key().toString())
          .put("length", info.length())
          .put("treeHash", info.treeHash().toString());
      if (count > 1) {
        core.close();
      }
    }
  }

  private void fill(Hypercore core) {
    int count = number("blocks", 0);
    int batch = number("batch", 1);
    int flight = number("flight", 1);
    Deque<CompletableFuture<?>> underWay = new ArrayDeque<>();
    for (int next = 0; next < count; ) {
      List<Slice> blocks = new ArrayList<>(batch);
      while (blocks.size() < batch && next < count) {
        blocks.add(block(next++));
      }
      underWay.add(core.append(blocks));
      if (underWay.size() >= flight) {
        underWay.remove().join();
      }
    }
    underWay.forEach(CompletableFuture::join);
  }

  private ObjectNode fetch(String keys, ObjectNode done) throws IOException {
    int count = number("blocks", 0);
    List<Hypercore> wanted = new ArrayList<>();
    for (String key : Files.readAllLines(Path.of(keys))) {
      wanted.add(cores.open(Fixed32.fromHex(key)).join());
    }
    if (open.isEmpty()) {
      int port = number("port", 0);
      cores.dial(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
    open.addAll(wanted);
    DownloadOrder order =
        options.containsKey("linear") ? DownloadOrder.LINEAR : DownloadOrder.RANDOM;
    List<CompletableFuture<Void>> downloads = new ArrayList<>();
    for (Hypercore core : wanted) {
      downloads.add(core.download(0, count, order).done());
    }
    downloads.forEach(CompletableFuture::join);
    cores.sync().join();
    long blocks = 0;
    for (Hypercore core : wanted) {
      blocks += core.info().join().contiguousLength();
    }
    Hypercore first = wanted.getFirst();
    done.put("blocks", blocks).put("treeHash", first.info().join().treeHash().toString());
    NetworkStats stats = cores.stats().network();
    return done.put("received", stats.bytesIn()).put("sent", stats.bytesOut());
  }

  private void idle(ObjectNode done) throws IOException {
    for (int i = 0; i < number("cores", 1); i++) {
      open.add(cores.create("bench-" + i).join());
    }
    memory(done);
  }

  private static void memory(ObjectNode event) throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    event.put("heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    event.put("rss", residentBytes());
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("no VmRSS in /proc/self/status");
  }

  private void close() {
    cores.close();
    store.close();
  }
}

package org.peerstead.benchmarks.dht;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.peerstead.discovery.DhtNode;
import org.peerstead.discovery.DhtNodeConfig;
import org.peerstead.discovery.hyperdht.core.HyperdhtListener;
import org.peerstead.discovery.net.PortRange;
import org.peerstead.discovery.net.SocketKind;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStore;
import org.peerstead.discovery.store.rocksdb.RocksDhtStoreConfig;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;

/**
 * Our seed in a process of its own: {@code DhtChild PORT SOCKETS [FOLDER]}. With a folder it keeps
 * its records on disk there, else in memory only. Speaks the lines of {@link ServerProcess}.
 */
public final class DhtChild {
  private DhtChild() {}

  /**
   * Serves until its input ends.
   *
   * @throws Exception when the port or the folder cannot be had
   */
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    DhtNodeConfig config =
        DhtNodeConfig.seed(NodeAddress.parse("127.0.0.1:" + port), PortRange.only(port), List.of())
            .boundTo("127.0.0.1")
            .withSockets(SocketKind.valueOf(arguments[1]));
    Entropy entropy = new SecureRandom()::nextBytes;
    try (DhtStore store =
            arguments.length > 2
                ? RocksDhtStore.open(Path.of(arguments[2]), RocksDhtStoreConfig.DEFAULT)
                : DhtStore.NONE;
        DhtNode node =
            DhtNode.start(
                config, store, KeyPair.generate(entropy), entropy, HyperdhtListener.NONE)) {
      node.ready().get(30, TimeUnit.SECONDS);
      System.out.println("ready " + port);
      BufferedReader input =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        if (line.equals("memory")) {
          System.gc();
          long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
          System.out.println("memory " + used);
        }
      }
      System.err.println(node.status().get(10, TimeUnit.SECONDS));
    }
  }
}

package org.peerstead.node;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.peerstead.dhtseed.DhtSeed;
import org.peerstead.dhtseed.DhtSeedService;
import org.peerstead.dhtseed.SeedPlan;
import org.peerstead.gateway.GatewayConfig;
import org.peerstead.gateway.access.AccessConfig;
import org.peerstead.relaynode.RelayNode;
import org.peerstead.relaynode.RelayService;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.storagepeer.StoragePeer;
import org.peerstead.storagepeer.StoragePeerService;

/** What happens once the server is up: it says so, and waits for a signal. */
public class NodeApplication implements QuarkusApplication {
  private final HttpServer server;
  private final AccessConfig access;
  private final GatewayConfig gateway;
  private final String host;
  private final String data;
  private final Optional<Boolean> hasDocuments;
  private final Optional<StoragePeer> storagePeer;
  private final Optional<DhtSeed> dhtSeed;
  private final Optional<RelayNode> relay;
  private final String relayState;
  private final boolean hasJsonLogs;

  /** Made by the container after the server was started. */
  public NodeApplication(
      HttpServer server,
      AccessConfig access,
      GatewayConfig gateway,
      StoragePeerService storagePeer,
      DhtSeedService dhtSeed,
      RelayService relay,
      @ConfigProperty(name = "quarkus.http.host") String host,
      @ConfigProperty(name = "peerstead.data") String data,
      @ConfigProperty(name = "peerstead.documents.enabled") Optional<Boolean> hasDocuments,
      @ConfigProperty(name = "quarkus.log.console.json.enabled") boolean hasJsonLogs) {
    this.server = server;
    this.access = access;
    this.gateway = gateway;
    this.host = host;
    this.data = data;
    this.hasDocuments = hasDocuments;
    this.storagePeer = storagePeer.peer();
    this.dhtSeed = dhtSeed.seed();
    this.relay = relay.relay();
    this.relayState = relay.state();
    this.hasJsonLogs = hasJsonLogs;
  }

  @Override
  public int run(String... args) {
    // Readers of JSON lines on standard output must not meet other text there.
    (hasJsonLogs ? System.err : System.out).print(banner());
    System.out.flush();
    Quarkus.waitForExit();
    return 0;
  }

  private String banner() {
    String address = (host.contains(":") ? "[" + host + "]" : host) + ":" + server.getPort();
    List<String> services =
        UpOptions.SERVICES.stream()
            .filter(service ->
                switch (service) {
                  case UpOptions.GATEWAY -> gateway.enabled();
                  case UpOptions.STORAGE_PEER -> storagePeer.isPresent();
                  case UpOptions.DHT_SEED -> dhtSeed.isPresent();
                  case UpOptions.RELAY -> relay.isPresent();
                  default -> hasDocuments.orElse(true);
                })
            .toList();
    var text = new StringBuilder();
    line(text, "Peerstead", ProgramVersion.read() + ": " + String.join(", ", services));
    if (gateway.enabled()) {
      line(text, "sync", "ws://" + address + "/sync");
    }
    if (hasApi()) {
      line(text, "api", "http://" + address + "/api/v1 (described at /q/openapi)");
    }
    storagePeer.ifPresent(peer -> {
      peer.address()
          .ifPresent(
              bound -> line(text, "peers", "tcp " + bound.getHostString() + ":" + bound.getPort()));
      line(text, "device", KeyText.encode(peer.deviceKey()));
    });
    dhtSeed.ifPresent(seed -> {
      line(text, "dht", "udp " + seed.plan().bindHost() + ":" + seed.boundAddress().getPort());
      seed.seedText()
          .ifPresent(
              own -> line(text, "seed", "bootstrap: ['" + own + "']" + reach(seed.plan().reach())));
      seed.warnings().forEach(warning -> line(text, "WARNING", warning));
    });
    relay.ifPresent(node -> {
      node.iceServers().uris().forEach(uri -> line(text, "relay", uri));
      node.warnings().forEach(warning -> line(text, "WARNING", warning));
    });
    if (relay.isEmpty() && !relayState.equals("off")) {
      line(text, "relay", relayState);
    }
    line(text, "health", "http://" + address + "/q/health, metrics at /q/metrics");
    line(text, "data", data);
    if (hasApi()) {
      line(
          text,
          "access",
          access.mode() == AccessConfig.Mode.OPEN
              ? "open to everybody who reaches this address"
              : "with tokens (peerstead token create)");
    }
    return text.toString();
  }

  private boolean hasApi() {
    return gateway.enabled() || storagePeer.isPresent() || dhtSeed.isPresent() || relay.isPresent();
  }

  private static String reach(SeedPlan.Reach reach) {
    return switch (reach) {
      case MACHINE -> " (for programs on this machine)";
      case NETWORK -> " (for machines of this network)";
      case EVERYBODY -> "";
    };
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format("%-10s %s%n", name, value));
  }
}

package org.peerstead.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code status}: asks a running node how it is. */
final class StatusCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private StatusCommand() {}

  static int run(List<String> args, Map<String, String> environment, PrintStream out)
      throws CommandException {
    String node = environment.getOrDefault("PEERSTEAD_NODE", "http://127.0.0.1:8080");
    String token = environment.get("PEERSTEAD_TOKEN");
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg : arg.substring(0, equals);
      if (!name.equals("--node") && !name.equals("--token")) {
        throw CommandException.usage("Unknown option " + arg + ".");
      }
      if (equals < 0 && i + 1 == args.size()) {
        throw CommandException.usage("Option " + arg + " needs a value.");
      }
      String value = equals < 0 ? args.get(++i) : arg.substring(equals + 1);
      if (name.equals("--node")) {
        node = value;
      } else {
        token = value;
      }
    }
    JsonNode status = ask(node, token, "/api/v1/status");
    JsonNode cores = ask(node, token, "/api/v1/storage-peer");
    JsonNode lan = ask(node, token, "/api/v1/storage-peer/lan");
    JsonNode dht = ask(node, token, "/api/v1/dht");
    JsonNode relay = ask(node, token, "/api/v1/relay");
    if (status.isMissingNode()
        && cores.isMissingNode()
        && dht.isMissingNode()
        && relay.isMissingNode()) {
      throw CommandException.failed(
          node
              + " serves neither documents nor cores nor the DHT and is no relay; is it a"
              + " Peerstead node?");
    }
    line(out, "node", node);
    print(status, out);
    printCores(cores, out);
    if (lan.path("enabled").asBoolean()) {
      line(out, "nearby", lan.path("nodes").size() + " nodes in the local network");
    }
    printDht(dht, out);
    printRelay(relay, out);
    return 0;
  }

  /** The answer; missing when the node does not serve the path. */
  private static JsonNode ask(String node, @Nullable String token, String path)
      throws CommandException {
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build()) {
      String base = node.endsWith("/") ? node.substring(0, node.length() - 1) : node;
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(base + path))
              .header("Accept", "application/json")
              .timeout(TIMEOUT);
      if (token != null) {
        request.header("Authorization", "Bearer " + token);
      }
      HttpResponse<byte[]> response =
          client.send(request.GET().build(), HttpResponse.BodyHandlers.ofByteArray());
      return switch (response.statusCode()) {
        case 200 -> new ObjectMapper().readTree(response.body());
        case 404, 503 -> MissingNode.getInstance();
        case 401 ->
            throw CommandException.failed(
                node + " asks for an access token; set PEERSTEAD_TOKEN or use --token");
        default ->
            throw CommandException.failed(
                node
                    + " answered with status "
                    + response.statusCode()
                    + "; is it a Peerstead node?");
      };
    } catch (IllegalArgumentException e) {
      throw CommandException.usage(node + " is no address of a node.");
    } catch (IOException e) {
      throw CommandException.failed(
          "no node answers at " + node + "; start one with up, or name it with --node");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandException.failed("interrupted");
    }
  }

  private static void print(JsonNode status, PrintStream out) {
    if (status.isMissingNode()) {
      return;
    }
    line(out, "version", status.path("version").asText());
    line(out, "started", status.path("startedAt").asText());
    line(out, "access", status.path("access").asText());
    line(out, "connections", status.path("connections").asText());
    JsonNode store = status.path("store");
    if (!store.isMissingNode()) {
      line(out, "storage id", store.path("storageId").asText());
      line(out, "documents", store.path("documents").asText());
      line(out, "deleted", store.path("tombstones").asText());
      line(out, "stored", store.path("storedBytes").asText() + " bytes");
      line(out, "open", store.path("openDocuments").asText() + " documents in memory");
      if (store.path("damagedDocuments").asLong() > 0) {
        line(out, "damaged", store.path("damagedDocuments").asText());
      }
      if (store.path("refusesWrites").isTextual()) {
        line(out, "read only", store.path("refusesWrites").asText());
      }
    }
  }

  private static void printCores(JsonNode cores, PrintStream out) {
    if (cores.isMissingNode()) {
      return;
    }
    line(out, "device", cores.path("deviceKey").asText());
    line(out, "peers on", cores.path("address").asText());
    line(out, "peers", cores.path("connections").asText());
    line(out, "cores", cores.path("storedCores").asText());
    line(out, "in cores", cores.path("storedBytes").asText() + " bytes");
    line(out, "missing", cores.path("missingBlocks").asText() + " blocks");
    if (cores.path("refusesWrites").isTextual()) {
      line(out, "takes none", cores.path("refusesWrites").asText());
    }
  }

  private static void printDht(JsonNode dht, PrintStream out) {
    if (dht.isMissingNode()) {
      return;
    }
    line(out, "dht on", "udp " + dht.path("bound").asText());
    line(out, "dht nodes", dht.path("nodes").asText());
    line(out, "dht topics", dht.path("topics").asText());
    line(out, "dht", dht.path("reason").asText());
  }

  private static void printRelay(JsonNode relay, PrintStream out) {
    if (relay.isMissingNode()) {
      return;
    }
    relay.path("uris").forEach(uri -> line(out, "relay", uri.asText()));
    line(
        out,
        "allocations",
        relay.path("allocations").asText()
            + (relay.path("draining").asBoolean() ? ", drains: takes no new ones" : ""));
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("%-12s %s%n", name, value);
  }
}

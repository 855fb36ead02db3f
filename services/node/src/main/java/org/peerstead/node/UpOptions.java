package org.peerstead.node;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code up}.
 *
 * @param services what to start, in the order of {@link #SERVICES}
 * @param properties configuration properties it sets, by key
 * @param isOpen whether access is open
 * @param isForcedOpen whether open access on any address is wanted
 */
record UpOptions(
    Set<String> services, Map<String, String> properties, boolean isOpen, boolean isForcedOpen) {
  static final String GATEWAY = "gateway";
  static final String CRDT_MERGE = "crdt-merge";
  static final String STORAGE_PEER = "storage-peer";
  static final String DHT_SEED = "dht-seed";
  static final String RELAY = "relay";

  /** All services of the node. */
  static final List<String> SERVICES = List.of(CRDT_MERGE, STORAGE_PEER, DHT_SEED, RELAY, GATEWAY);

  static final String DATA = "peerstead.data";
  static final String HTTP_HOST = "quarkus.http.host";
  static final String HTTP_PORT = "quarkus.http.port";
  static final String PEER_HOST = "peerstead.storage-peer.host";
  static final String PEER_PORT = "peerstead.storage-peer.port";
  static final String DHT_HOST = "peerstead.dht-seed.host";
  static final String DHT_BIND_HOST = "peerstead.dht-seed.bind-host";
  static final String DHT_PORT = "peerstead.dht-seed.port";
  static final String DHT_ANY_PORT = "peerstead.dht-seed.any-port";
  static final String DHT_BOOTSTRAP = "peerstead.dht-seed.bootstrap";
  static final String LAN_DHT_PORT = "peerstead.storage-peer.lan-dht-port";
  static final String RELAY_ENABLED = "peerstead.relay.enabled";
  static final String RELAY_HOST = "peerstead.relay.host";
  static final String RELAY_PORT = "peerstead.relay.port";
  static final String RELAY_TLS_PORT = "peerstead.relay.tls-port";
  static final String RELAY_ADVERTISE = "peerstead.relay.advertise";
  static final String RELAY_CERTIFICATE = "peerstead.relay.certificate-file";
  static final String RELAY_KEY = "peerstead.relay.key-file";
  static final String ACCESS = "peerstead.access";
  static final String FORCE_OPEN = "peerstead.access.force-open";

  private static final String DEFAULT_HOST = "127.0.0.1";
  private static final String DEFAULT_PORT = "8080";
  private static final String DEFAULT_PEER_PORT = "3282";
  private static final String DEFAULT_DHT_PORT = "49737";
  private static final Pattern PROPERTY = Pattern.compile("[A-Za-z%\"][^=\\s]*\\.[^=\\s]+|[a-z]+");

  UpOptions {
    services = Set.copyOf(services);
    properties = Map.copyOf(properties);
  }

  /**
   * Reads the arguments behind {@code up}. What they do not say comes from system properties and
   * the environment, as for every other property.
   */
  static UpOptions parse(
      List<String> args, Map<String, String> environment, Properties systemProperties)
      throws CommandException {
    Map<String, String> properties = new LinkedHashMap<>();
    Set<String> services = new LinkedHashSet<>();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      if (arg.startsWith("-D") && arg.length() > 2) {
        putProperty(properties, arg.substring(2), arg);
      } else if (arg.equals("--json-logs")) {
        properties.put("quarkus.log.console.json.enabled", "true");
      } else if (arg.startsWith("--")) {
        int equals = arg.indexOf('=');
        String name = arg.substring(2, equals < 0 ? arg.length() : equals);
        String key = optionKey(name);
        if (key == null) {
          if (equals < 0 || name.indexOf('.') < 0) {
            throw CommandException.usage("Unknown option " + arg + ".");
          }
          putProperty(properties, arg.substring(2), arg);
        } else if (equals >= 0) {
          properties.put(key, arg.substring(equals + 1));
        } else if (i + 1 < args.size()) {
          properties.put(key, args.get(++i));
        } else {
          throw CommandException.usage("Option " + arg + " needs a value.");
        }
      } else if (SERVICES.contains(arg)) {
        services.add(arg);
      } else {
        throw CommandException.usage(
            (arg.startsWith("-") ? "Unknown option " : "Unknown service ")
                + arg
                + "; services are "
                + String.join(", ", SERVICES)
                + ".");
      }
    }
    var sources = new Sources(properties, environment, systemProperties);
    boolean isSeedWanted =
        services.contains(DHT_SEED)
            || sources.has(DHT_HOST)
            || sources.has(DHT_PORT)
            || sources.has(DHT_BIND_HOST);
    boolean isRelayWanted =
        services.contains(RELAY)
            || (services.isEmpty()
                && (sources.has(RELAY_HOST)
                    || sources.has(RELAY_PORT)
                    || sources.has(RELAY_ADVERTISE)));
    if (services.isEmpty()) {
      services.addAll(SERVICES);
    }
    // Who asked for a relay must not end up without one because there are no credentials yet.
    if (isRelayWanted) {
      properties.put(RELAY_ENABLED, sources.get(RELAY_ENABLED, "true"));
    }
    // Who did not ask for a seed must not fail because another node on this machine has one.
    properties.put(DHT_ANY_PORT, sources.get(DHT_ANY_PORT, isSeedWanted ? "false" : "true"));
    properties.put(DHT_PORT, sources.get(DHT_PORT, DEFAULT_DHT_PORT));
    properties.put(HTTP_HOST, sources.get(HTTP_HOST, DEFAULT_HOST));
    properties.put(HTTP_PORT, sources.get(HTTP_PORT, DEFAULT_PORT));
    properties.put(PEER_HOST, sources.get(PEER_HOST, DEFAULT_HOST));
    properties.put(PEER_PORT, sources.get(PEER_PORT, DEFAULT_PEER_PORT));
    String dhtHost = sources.get(DHT_HOST, "");
    if (services.contains(DHT_SEED) && !dhtHost.isBlank() && !dhtHost.startsWith("127.")) {
      // Nodes nearby hear of the seed without a look-up.
      properties.put(LAN_DHT_PORT, sources.get(LAN_DHT_PORT, sources.get(DHT_PORT, "0")));
    }
    properties.put(DATA, sources.get(DATA, DataFolder.defaultPath(environment).toString()));
    for (String service : SERVICES) {
      if (!services.contains(service)) {
        properties.put(enabledKey(service), "false");
      }
    }
    requirePort(properties.getOrDefault(HTTP_PORT, DEFAULT_PORT));
    requirePort(properties.getOrDefault(PEER_PORT, DEFAULT_PEER_PORT));
    requirePort(properties.getOrDefault(DHT_PORT, DEFAULT_DHT_PORT));
    requirePort(sources.get(RELAY_PORT, "0"));
    requirePort(sources.get(RELAY_TLS_PORT, "0"));
    return new UpOptions(
        services,
        properties,
        !sources.get(ACCESS, "open").equalsIgnoreCase("token"),
        sources.get(FORCE_OPEN, "false").equalsIgnoreCase("true"));
  }

  private static @Nullable String optionKey(String name) {
    return switch (name) {
      case "data" -> DATA;
      case "http-host" -> HTTP_HOST;
      case "http-port" -> HTTP_PORT;
      case "peer-host" -> PEER_HOST;
      case "peer-port" -> PEER_PORT;
      case "dht-host" -> DHT_HOST;
      case "dht-port" -> DHT_PORT;
      case "dht-bootstrap" -> DHT_BOOTSTRAP;
      case "relay-host" -> RELAY_HOST;
      case "relay-port" -> RELAY_PORT;
      case "relay-tls-port" -> RELAY_TLS_PORT;
      case "relay-advertise" -> RELAY_ADVERTISE;
      case "relay-certificate" -> RELAY_CERTIFICATE;
      case "relay-key" -> RELAY_KEY;
      default -> null;
    };
  }

  private static String enabledKey(String service) {
    return switch (service) {
      case GATEWAY -> "peerstead.gateway.enabled";
      case STORAGE_PEER -> "peerstead.storage-peer.enabled";
      case DHT_SEED -> "peerstead.dht-seed.enabled";
      case RELAY -> RELAY_ENABLED;
      default -> "peerstead.documents.enabled";
    };
  }

  private static void putProperty(Map<String, String> properties, String assignment, String arg)
      throws CommandException {
    int equals = assignment.indexOf('=');
    String key = equals < 0 ? assignment : assignment.substring(0, equals);
    if (!PROPERTY.matcher(key).matches()) {
      throw CommandException.usage("Cannot read " + arg + " as KEY=VALUE.");
    }
    properties.put(key, equals < 0 ? "true" : assignment.substring(equals + 1));
  }

  /** Where a property's value comes from, the strongest source first. */
  private record Sources(
      Map<String, String> commandLine, Map<String, String> environment, Properties system) {
    String get(String key, String otherwise) {
      String value = commandLine.getOrDefault(key, system.getProperty(key));
      if (value != null) {
        return value;
      }
      String variable = key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
      return environment.getOrDefault(variable, otherwise);
    }

    boolean has(String key) {
      return !get(key, "").isBlank();
    }
  }

  private static void requirePort(String text) throws CommandException {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return;
      }
    } catch (NumberFormatException e) {
      // Answered below, like numbers out of range.
    }
    throw CommandException.usage("The port must be a number of 0 to 65535, not " + text + ".");
  }

  String host() {
    return properties.getOrDefault(HTTP_HOST, DEFAULT_HOST);
  }

  int port() {
    return Integer.parseInt(properties.getOrDefault(HTTP_PORT, DEFAULT_PORT));
  }

  String peerHost() {
    return properties.getOrDefault(PEER_HOST, DEFAULT_HOST);
  }

  int peerPort() {
    return Integer.parseInt(properties.getOrDefault(PEER_PORT, DEFAULT_PEER_PORT));
  }

  Path data() throws CommandException {
    String path = properties.getOrDefault(DATA, "");
    try {
      return Path.of(path).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw CommandException.usage("The data folder " + path + " is no path.");
    }
  }
}

package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The packaged node as a relay and nothing else, with time-limited credentials that its own command
 * printed. Clients and peers are on loopback; the relay has an address there that no interface has,
 * so that 127.0.0.1 is as forbidden to clients as on any relay. Not thread-safe.
 */
final class RelayUnderTest implements AutoCloseable {
  static final String HOST = "127.0.0.3";

  /** Where clients find peers that echo, unless the settings of a test forbid it. */
  static final String PEER = "127.0.0.2";

  static final String PEER_V6 = "::1";

  private final PeersteadNode node;
  private final int port;
  private final int tlsPort;
  private final JsonNode iceServers;

  private RelayUnderTest(PeersteadNode node, int port, int tlsPort, JsonNode iceServers) {
    this.node = node;
    this.port = port;
    this.tlsPort = tlsPort;
    this.iceServers = iceServers;
  }

  /**
   * Makes credentials, then starts a relay over UDP, TCP, TLS and DTLS that can reach peers of both
   * families.
   *
   * @param settings further configuration properties
   */
  static RelayUnderTest start(Path folder, Map<String, String> settings) {
    TestCertificate certificate = TestCertificate.create(folder);
    int port = ServerProcess.freePort();
    int tlsPort = ServerProcess.freePort();
    Map<String, String> all = new HashMap<>();
    all.put("peerstead.relay.mobility", "true");
    all.put("peerstead.relay.tcp-relaying", "true");
    all.putAll(settings);
    PeersteadNode node =
        PeersteadNode.relay(
            folder,
            all,
            "--relay-host",
            HOST + "," + PEER_V6,
            "--relay-port",
            Integer.toString(port),
            "--relay-tls-port",
            Integer.toString(tlsPort),
            "--relay-certificate",
            certificate.certificate().toString(),
            "--relay-key",
            certificate.key().toString());
    String printed =
        node.command(
            "relay",
            "credentials",
            "--user",
            "alice",
            "--ttl",
            "1h",
            "--host",
            HOST,
            "--port",
            Integer.toString(port),
            "--tls-port",
            Integer.toString(tlsPort),
            "--data",
            node.data().toString());
    try {
      JsonNode iceServers = JsonLines.MAPPER.readTree(printed).path("iceServers");
      node.start();
      return new RelayUnderTest(node, port, tlsPort, iceServers);
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + printed, e);
    }
  }

  int port() {
    return port;
  }

  int tlsPort() {
    return tlsPort;
  }

  String username() {
    return turn().path("username").asText();
  }

  String password() {
    return turn().path("credential").asText();
  }

  /** The printed address with a scheme and a transport, such as {@code turns} and {@code tcp}. */
  String url(String scheme, String transport) {
    for (JsonNode url : turn().path("urls")) {
      if (url.asText().startsWith(scheme + ":")
          && url.asText().endsWith("?transport=" + transport)) {
        return url.asText();
      }
    }
    throw new AssertionError("no " + scheme + " over " + transport + " in " + iceServers);
  }

  private JsonNode turn() {
    for (JsonNode server : iceServers) {
      if (server.has("credential")) {
        return server;
      }
    }
    throw new AssertionError("no credentials in " + iceServers);
  }

  PeersteadNode node() {
    return node;
  }

  @Override
  public void close() {
    node.close();
  }
}

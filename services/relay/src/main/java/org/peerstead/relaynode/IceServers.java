package org.peerstead.relaynode;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.peerstead.relay.auth.TimeLimitedCredentials.Issued;
import org.peerstead.relay.turn.ClientTransport;

/**
 * The addresses of a relay as WebRTC apps take them (RFC 7064, RFC 7065).
 *
 * @param stun where a client learns its own address
 * @param turn where it gets a relayed one; those that need no connection first
 */
public record IceServers(List<String> stun, List<String> turn) {
  public IceServers {
    stun = List.copyOf(stun);
    turn = List.copyOf(turn);
  }

  /**
   * One entry of a browser's {@code iceServers}.
   *
   * @param username absent for STUN
   * @param credential absent for STUN; not to be logged
   */
  public record Entry(List<String> urls, String username, String credential) {
    @Override
    public String toString() {
      return "Entry[" + urls + "]";
    }
  }

  /**
   * The addresses of a relay.
   *
   * @param host a name, an IPv4 address, or an IPv6 address without brackets
   * @param transports those that are served; DTLS is left out: no browser speaks it
   */
  public static IceServers of(String host, int port, int tlsPort, Set<ClientTransport> transports) {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    List<String> stun = new ArrayList<>();
    List<String> turn = new ArrayList<>();
    if (transports.contains(ClientTransport.UDP)) {
      stun.add("stun:" + name + ":" + port);
      turn.add("turn:" + name + ":" + port + "?transport=udp");
    }
    if (transports.contains(ClientTransport.TCP)) {
      turn.add("turn:" + name + ":" + port + "?transport=tcp");
    }
    if (transports.contains(ClientTransport.TLS)) {
      turn.add("turns:" + name + ":" + tlsPort + "?transport=tcp");
    }
    return new IceServers(stun, turn);
  }

  /** For one user: STUN without credentials, TURN with them. */
  public List<Entry> entries(Issued credentials) {
    return entries(credentials.username(), credentials.password());
  }

  /** For one user: STUN without credentials, TURN with them. */
  public List<Entry> entries(String username, String password) {
    List<Entry> entries = new ArrayList<>();
    if (!stun.isEmpty()) {
      entries.add(new Entry(stun, "", ""));
    }
    entries.add(new Entry(turn, username, password));
    return List.copyOf(entries);
  }

  /** All addresses. */
  public List<String> uris() {
    List<String> uris = new ArrayList<>(stun);
    uris.addAll(turn);
    return List.copyOf(uris);
  }
}

package org.peerstead.benchmarks.relay;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import org.peerstead.relay.PeerRules;
import org.peerstead.relay.RelayServer;
import org.peerstead.relay.RelayServerConfig;
import org.peerstead.relay.auth.StaticUsers;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerProfile;
import org.peerstead.relay.turn.quota.QuotaLimits;

/**
 * Our relay in a process of its own: {@code RelayChild PORT LOOPS peerstead|portable}, the latter
 * without system calls for batches. As coturn beside it, it listens for UDP only, limits nobody,
 * and reaches peers on loopback.
 */
public final class RelayChild {
  private static final String REALM = "relay";

  private RelayChild() {}

  /**
   * Serves until its input ends.
   *
   * @throws IOException when the port cannot be had
   */
  public static void main(String[] arguments) throws IOException {
    IpAddress address = IpAddress.parse("127.0.0.1");
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    RelayServerConfig base = RelayServerConfig.of(address, Integer.parseInt(arguments[0]), secret);
    RelayServerConfig.Listening listening = base.listening();
    RelayServerConfig.Relaying relaying = base.relaying();
    RelayServerConfig.Access access = base.access();
    RelayServerConfig.Running running = base.running();
    RelayServerConfig config =
        base.withListening(
                new RelayServerConfig.Listening(
                    listening.addresses(),
                    Set.of(ClientTransport.UDP),
                    null,
                    listening.bounds(),
                    List.of(),
                    null))
            .withRelaying(
                new RelayServerConfig.Relaying(
                    relaying.v4(),
                    null,
                    relaying.firstPort(),
                    relaying.lastPort(),
                    new PeerRules(
                        PeerProfile.INTERNET,
                        List.of(AddressRange.parse("127.0.0.2/32")),
                        List.of(),
                        0,
                        Set.of()),
                    false,
                    false))
            .withAccess(
                new RelayServerConfig.Access(
                    REALM,
                    access.algorithms(),
                    access.userHash(),
                    access.nonceSecrets(),
                    access.nonceValidity(),
                    null,
                    QuotaLimits.NONE,
                    access.defaultLifetimeSeconds(),
                    access.maxLifetimeSeconds(),
                    access.maxPermissions(),
                    access.maxChannels(),
                    access.unauthenticatedPerSecond(),
                    access.unauthenticatedBurst(),
                    null))
            .withRunning(
                new RelayServerConfig.Running(
                    Integer.parseInt(arguments[1]),
                    1,
                    arguments[2].equals("portable"),
                    running.receiveBufferBytes(),
                    running.sendBufferBytes()));
    StaticUsers users =
        StaticUsers.parse(
            List.of(StaticUsers.line(RelayProcess.USER, REALM, RelayProcess.PASSWORD)));
    try (RelayServer server = RelayServer.start(config, users, RelayEvents.NONE)) {
      System.err.println("our data path: " + server.dataPath(ClientTransport.UDP));
      while (System.in.read() >= 0) {
        // Nothing is said to it; the end of its input is its own.
      }
    }
  }
}

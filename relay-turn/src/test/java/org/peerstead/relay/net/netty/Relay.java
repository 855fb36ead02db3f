package org.peerstead.relay.net.netty;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.peerstead.relay.auth.AuthConfig;
import org.peerstead.relay.auth.Authenticator;
import org.peerstead.relay.auth.NonceMint;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.RelayContext;
import org.peerstead.relay.turn.RelayEvents;
import org.peerstead.relay.turn.RelayedHost;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.TurnConfig;
import org.peerstead.relay.turn.TurnServer;
import org.peerstead.relay.turn.policy.AddressRange;
import org.peerstead.relay.turn.policy.PeerPolicy;
import org.peerstead.relay.turn.policy.PeerPorts;
import org.peerstead.relay.turn.policy.PeerProfile;
import org.peerstead.relay.turn.ports.PortPool;
import org.peerstead.relay.turn.ports.Reservations;
import org.peerstead.relay.turn.quota.QuotaLimits;
import org.peerstead.relay.turn.quota.Quotas;
import org.peerstead.relay.turn.testbed.TestUsers;

/** A whole relay over the Netty shell, on the loopback interface, for peers on it. */
final class Relay implements AutoCloseable {
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 29_999;

  final List<SessionView> opened = new CopyOnWriteArrayList<>();
  final List<EndReason> ends = new CopyOnWriteArrayList<>();
  final NettyRelayLoops loops;

  Relay(int port, Set<ClientTransport> transports) throws IOException {
    SecureRandom random = new SecureRandom();
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    TurnConfig config =
        new TurnConfig(
            RelayedHost.of(Shell.V4),
            RelayedHost.of(Shell.V6),
            600,
            3_600,
            256,
            256,
            true,
            true,
            null,
            1_000,
            10_000);
    RelayContext context =
        new RelayContext(
            config,
            new Authenticator(
                AuthConfig.of("relay"),
                new NonceMint(List.of(secret), Duration.ofHours(1)),
                new TestUsers(),
                null),
            new PeerPolicy(
                PeerProfile.INTERNET,
                List.of(AddressRange.parse("127.0.0.0/8"), AddressRange.parse("::1/128")),
                List.of(),
                List.of(),
                List.of(),
                FIRST_PORT,
                LAST_PORT,
                PeerPorts.ALL),
            new Quotas(QuotaLimits.DEFAULTS),
            new PortPool(FIRST_PORT, LAST_PORT, random, 0),
            new PortPool(FIRST_PORT, LAST_PORT, random, 0),
            new Reservations(random, 1_000, 100),
            System::currentTimeMillis,
            random,
            new RelayEvents() {
              @Override
              public void opened(SessionView session) {
                opened.add(session);
              }

              @Override
              public void closed(SessionView session, EndReason reason) {
                ends.add(reason);
              }
            });
    loops =
        NettyRelayLoops.start(
            new NettyRelayConfig(
                0,
                2,
                List.of(new TransportAddress(Shell.V4, port), new TransportAddress(Shell.V6, port)),
                transports,
                TestCertificate.make("relay")::server,
                null,
                Shell.V4,
                Shell.V6,
                true,
                address -> false,
                ConnectionBounds.DEFAULTS),
            (shard, now) -> new TurnServer(shard, context, now));
  }

  @Override
  public void close() {
    loops.close();
  }
}

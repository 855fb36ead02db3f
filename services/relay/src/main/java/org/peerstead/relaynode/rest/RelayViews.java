package org.peerstead.relaynode.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.auth.TimeLimitedCredentials.Issued;
import org.peerstead.relay.turn.SessionView;
import org.peerstead.relay.turn.policy.Verdict;
import org.peerstead.relaynode.IceServers;
import org.peerstead.relaynode.RelayNode;

/** What the API's JSON looks like. */
final class RelayViews {
  private RelayViews() {}

  /**
   * How the relay is.
   *
   * @param uris for WebRTC apps
   * @param allocations by transport of the clients
   * @param certificateSeconds until the certificate ends; absent without one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StatusJson(
      List<String> listeners,
      List<String> uris,
      boolean draining,
      long allocations,
      Map<String, Long> allocationsByTransport,
      Map<String, String> dataPath,
      @Nullable Long certificateSeconds,
      List<String> warnings) {
    static StatusJson of(RelayNode node) {
      return new StatusJson(
          node.listeners().stream().map(Object::toString).toList(),
          node.iceServers().uris(),
          node.isDraining(),
          node.allocations(),
          node.allocationsByTransport(),
          node.dataPaths(),
          node.certificateSeconds().orElse(null),
          node.warnings());
    }
  }

  /**
   * Credentials, as clients of the usual REST convention expect them, and as browsers do.
   *
   * @param ttl in seconds
   * @param uris of TURN
   */
  record CredentialsJson(
      String username,
      String password,
      long ttl,
      List<String> uris,
      List<IceServerJson> iceServers) {
    static CredentialsJson of(Issued issued, long ttlSeconds, IceServers servers) {
      return new CredentialsJson(
          issued.username(),
          issued.password(),
          ttlSeconds,
          servers.turn(),
          servers.entries(issued).stream().map(IceServerJson::of).toList());
    }

    @Override
    public String toString() {
      return "CredentialsJson[" + username + "]";
    }
  }

  /** One entry of {@code iceServers}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record IceServerJson(List<String> urls, @Nullable String username, @Nullable String credential) {
    static IceServerJson of(IceServers.Entry entry) {
      boolean isOpen = entry.username().isEmpty();
      return new IceServerJson(
          entry.urls(), isOpen ? null : entry.username(), isOpen ? null : entry.credential());
    }

    @Override
    public String toString() {
      return "IceServerJson[" + urls + "]";
    }
  }

  /** Allocations that live. */
  record SessionsJson(List<SessionJson> sessions) {}

  /** One allocation. */
  record SessionJson(
      String id,
      String user,
      String transport,
      String client,
      String server,
      List<String> relayed,
      String peerTransport,
      String since,
      long ageSeconds,
      long expiresInSeconds,
      int permissions,
      int channels,
      long packetsUp,
      long bytesUp,
      long packetsDown,
      long bytesDown,
      long drops) {
    static SessionJson of(SessionView view) {
      return new SessionJson(
          view.id(),
          view.userId(),
          view.transport().name().toLowerCase(Locale.ROOT),
          view.client().toString(),
          view.server().toString(),
          view.relayed().stream().map(Object::toString).toList(),
          view.peerTransport(),
          Instant.ofEpochMilli(view.createdEpochMillis()).toString(),
          view.ageSeconds(),
          view.expiresInSeconds(),
          view.permissions(),
          view.channels(),
          view.packetsUp(),
          view.bytesUp(),
          view.packetsDown(),
          view.bytesDown(),
          view.drops());
    }
  }

  /** The busiest users; empty while none are to be counted. */
  record UsersJson(List<RelayNode.UserTraffic> users) {}

  /** What the rules say about a peer. */
  record PeerJson(String address, boolean allowed, boolean onlyRelayedPorts, String rule) {
    static PeerJson of(String address, Verdict verdict) {
      return new PeerJson(address, verdict.isAllowed(), verdict.onlyRelayedPorts(), verdict.rule());
    }
  }

  /** How far a drain is. */
  record DrainJson(boolean draining, long allocations, long deadlineSeconds) {}
}

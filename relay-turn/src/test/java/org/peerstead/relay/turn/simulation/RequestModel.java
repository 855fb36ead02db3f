package org.peerstead.relay.turn.simulation;

import static org.peerstead.relay.turn.simulation.RelayModel.check;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.simulation.Held.Bound;
import org.peerstead.relay.turn.simulation.Held.Half;
import org.peerstead.relay.turn.simulation.Held.Path;
import org.peerstead.relay.turn.simulation.ModelPorts.Kind;
import org.peerstead.relay.turn.simulation.ModelPorts.Reserved;
import org.peerstead.relay.turn.simulation.RelayModel.Outcomes;
import org.peerstead.relay.turn.testbed.MemoryShell.ToClient;
import org.peerstead.relay.turn.testbed.TestUsers;
import org.peerstead.relay.turn.testbed.Testbed;

/** What requests may be answered, and what then holds. */
final class RequestModel {
  private static final long SECOND = RelayModel.SECOND;
  private static final long PERMISSION_NANOS = 300 * SECOND;
  private static final long CHANNEL_NANOS = 600 * SECOND;
  private static final long RESERVATION_NANOS = 30 * SECOND;
  private static final long REPEAT_NANOS = 40 * SECOND;
  private static final int DEFAULT_LIFETIME = 600;
  private static final int CHALLENGE_BYTES = 84;
  private static final int MAX_LIFETIME = 3_600;

  private final RelayModel model;

  RequestModel(RelayModel model) {
    this.model = model;
  }

  /** A request came from a path and this went back to clients. */
  void onRequest(Path path, Wire request, List<ToClient> answers, long nowNanos, long epochMillis) {
    boolean isUnderstood =
        Set.of(Wire.BINDING, Wire.ALLOCATE, Wire.REFRESH, Wire.CREATE_PERMISSION, Wire.CHANNEL_BIND)
            .contains(request.method);
    if (!isUnderstood) {
      return;
    }
    check(answers.size() == 1, answers.size() + " answers to " + request);
    ToClient sent = answers.getFirst();
    check(
        sent.client().equals(path.client()) && sent.listener() == path.listener(),
        "answered to somebody else");
    Wire answer = Wire.parse(sent.bytes());
    if (answer == null || !answer.answers(request)) {
      throw new AssertionError("no answer: " + HexFormat.of().formatHex(sent.bytes()));
    }
    if (request.method == Wire.BINDING) {
      onBinding(path, request, answer);
      return;
    }
    String username = authentic(path, request, answer, epochMillis);
    if (username == null) {
      return;
    }
    check(
        answer.isSigned()
            && answer.isSignedBy(username, Testbed.REALM, TestUsers.passwordOf(username)),
        "an answer that the client cannot trust: " + answer);
    Held existing = model.at(path, nowNanos);
    Outcomes outcomes =
        new Outcomes()
            .failsIf(existing != null && !existing.username.equals(username), 441)
            .failsIf(request.hasUnknownRequired(), 420);
    if (outcomes.mustFail()) {
      outcomes.isSuccess(answer.code(), request);
      return;
    }
    switch (request.method) {
      case Wire.ALLOCATE -> onAllocate(path, username, request, answer, existing, nowNanos);
      case Wire.REFRESH -> onRefresh(path, username, request, answer, existing, nowNanos);
      case Wire.CREATE_PERMISSION -> onCreatePermission(request, answer, existing, nowNanos);
      case Wire.CHANNEL_BIND -> onChannelBind(request, answer, existing, nowNanos);
      default -> throw new AssertionError("no such method");
    }
    if (answer.code() == 0) {
      model.successes++;
    } else {
      model.errors++;
    }
  }

  private static void onBinding(Path path, Wire request, Wire answer) {
    if (answer.code() == 0) {
      check(path.client().equals(answer.address(0x0020)), "a wrong reflexive address");
      check(!request.hasUnknownRequired(), "not everything was understood");
    } else {
      check(answer.code() == 420, "Binding was answered with " + answer.code());
    }
  }

  /** Who asked; null when the relay said that nobody had the right to. */
  private @Nullable String authentic(Path path, Wire request, Wire answer, long epochMillis) {
    int code = answer.code();
    if (code == 401 || code == 438) {
      String nonce = answer.text(0x0015);
      check(nonce != null && Testbed.REALM.equals(answer.text(0x0014)), "a challenge without");
      check(!answer.isSigned(), "a signed challenge");
      check(
          path.isStream() || answer.bytes.length <= 3 * request.bytes.length,
          answer.bytes.length + " bytes for " + request.bytes.length);
      if (nonce != null) {
        model.minted(nonce, path, epochMillis);
      }
    }
    if (!request.isSigned()) {
      // What is too short for a challenge of three times its length gets none.
      int challenge = CHALLENGE_BYTES + (request.has(0x8028) ? 8 : 0);
      boolean isShort =
          !path.isStream()
              && ((request.method == Wire.ALLOCATE && !request.has(0x0019))
                  || 3 * request.bytes.length < challenge);
      boolean mayBeLost = isShort && request.method != Wire.ALLOCATE;
      check(
          code == (isShort ? 400 : 401) || (mayBeLost && code == 437),
          code + " to who shows nothing");
      return null;
    }
    String username = request.text(0x0006);
    String realm = request.text(0x0014);
    String nonce = request.text(0x0015);
    if (username == null || realm == null || nonce == null) {
      check(code == 400 || code == 401, code + " to who shows little");
      return null;
    }
    int validity = model.validity(nonce, path, epochMillis);
    boolean isRight =
        !username.startsWith("no")
            && realm.equals(Testbed.REALM)
            && request.isSignedBy(username, realm, TestUsers.passwordOf(username));
    if (validity > 0 && isRight) {
      check(code != 401 && code != 438, code + " to who showed everything");
      return username;
    }
    if (validity == 0 && isRight) {
      return code == 438 ? null : username;
    }
    // What somebody changed on the way may also look as if the algorithms had been changed.
    check(
        validity < 0
            ? code == 438 || code == 401 || code == 400
            : code == 401 || code == 400 || (validity == 0 && code == 438),
        code + " to who has no right, with a nonce of validity " + validity + ": " + request);
    return null;
  }

  private static long lifetime(Wire request) {
    return Math.clamp(request.number(0x000d, DEFAULT_LIFETIME), DEFAULT_LIFETIME, MAX_LIFETIME);
  }

  // ------------------------------------------------------------------------------------- Allocate

  private void onAllocate(
      Path path,
      String username,
      Wire request,
      Wire answer,
      @Nullable Held existing,
      long nowNanos) {
    if (existing != null) {
      boolean isRepeated =
          Arrays.equals(existing.allocateId, request.id())
              && nowNanos - existing.createdNanos < REPEAT_NANOS;
      if (isRepeated) {
        check(Arrays.equals(existing.allocateAnswer, answer.bytes), "a repeat, answered otherwise");
      } else {
        new Outcomes().fails(437).isSuccess(answer.code(), request);
      }
      return;
    }
    byte[] transport = request.value(0x0019);
    byte[] even = request.value(0x0018);
    byte[] token = request.value(0x0022);
    byte[] family = request.value(0x0017);
    byte[] additional = request.value(0x8000);
    byte[] ticket = request.value(0x8030);
    boolean wantsPair = even != null && even.length == 1 && even[0] < 0;
    Outcomes outcomes =
        new Outcomes()
            .failsIf(transport == null, 400)
            .failsIf(transport != null && transport[0] != 17, 442)
            .failsIf(even != null && even.length != 1, 400)
            .failsIf(token != null && (even != null || family != null || additional != null), 400)
            .failsIf(family != null && additional != null, 400)
            .failsIf(additional != null && (additional[0] != 2 || wantsPair), 400)
            .failsIf(family != null && family[0] != 1 && family[0] != 2, 440)
            .failsIf(ticket != null && !model.bounds.mobility(), 405)
            .failsIf(ticket != null && ticket.length > 0, 400)
            .failsIf(model.isDraining, 508);
    if (outcomes.mustFail()) {
      outcomes.isSuccess(answer.code(), request);
      return;
    }
    String tokenText = token == null ? null : HexFormat.of().formatHex(token);
    Reserved reserved = tokenText == null ? null : model.ports.find(tokenText, username, nowNanos);
    outcomes.failsIf(token != null && reserved == null, 508);
    quotas(outcomes, username, path.client().ip(), nowNanos);
    Set<IpFamily> families = new LinkedHashSet<>();
    if (additional != null) {
      families.addAll(List.of(IpFamily.values()));
    } else if (reserved != null) {
      families.add(reserved.family());
    } else {
      families.add(family != null && family[0] == 2 ? IpFamily.V6 : IpFamily.V4);
    }
    Kind kind = wantsPair ? Kind.PAIR : even != null ? Kind.EVEN : Kind.ANY;
    boolean isAnyLeft = reserved != null;
    boolean isAnySure = reserved != null;
    for (IpFamily one : families) {
      isAnyLeft |= model.ports.isLeft(kind, model.portsInUse(one, nowNanos));
      Set<Integer> maybe = model.portsMaybeInUse(one, nowNanos);
      isAnySure |=
          kind == Kind.PAIR
              ? model.ports.isRestedLeft(kind, maybe, one, nowNanos)
              : model.ports.isLeft(kind, maybe);
    }
    outcomes.failsIf(!isAnyLeft, 508).mayFailIf(!isAnySure, 508);
    boolean isMade = outcomes.isSuccess(answer.code(), request);
    if (reserved != null && tokenText != null) {
      model.ports.redeem(tokenText);
      if (!isMade) {
        model.ports.gaveBack(reserved.family(), reserved.port(), nowNanos);
      }
    }
    if (isMade) {
      begin(path, username, request, answer, families, kind, reserved, nowNanos);
    }
  }

  private void quotas(Outcomes outcomes, String username, IpAddress source, long nowNanos) {
    RelayModel.Bounds bounds = model.bounds;
    outcomes
        .failsIf(model.count(username, null, true, nowNanos) >= bounds.perUser(), 486)
        .failsIf(model.count(null, source, true, nowNanos) >= bounds.perSource(), 486)
        .failsIf(model.count(null, null, true, nowNanos) >= bounds.inAll(), 508)
        .mayFailIf(model.count(username, null, false, nowNanos) >= bounds.perUser(), 486)
        .mayFailIf(model.count(null, source, false, nowNanos) >= bounds.perSource(), 486)
        .mayFailIf(model.count(null, null, false, nowNanos) >= bounds.inAll(), 508);
  }

  private void begin(
      Path path,
      String username,
      Wire request,
      Wire answer,
      Set<IpFamily> families,
      Kind kind,
      @Nullable Reserved reserved,
      long nowNanos) {
    long lifetime = lifetime(request);
    check(answer.number(0x000d, -1) == lifetime, "not the lifetime of " + lifetime);
    check(path.client().equals(answer.address(0x0020)), "a wrong reflexive address");
    Held made = new Held(username, path, request.id(), answer.bytes, nowNanos);
    for (TransportAddress relayed : answer.addresses(0x0016)) {
      IpFamily family = relayed.ip().family();
      check(families.contains(family), "a family that nobody asked for");
      check(
          relayed.ip().equals(family == IpFamily.V4 ? Testbed.RELAY_V4 : Testbed.RELAY_V6),
          "not our address");
      boolean isFree =
          reserved != null
              ? relayed.port() == reserved.port()
              : model.ports.isOfKind(kind, relayed.port(), model.portsInUse(family, nowNanos));
      check(isFree, "port " + relayed.port() + " was not free for this");
      Half half = new Half(relayed.port(), nowNanos + lifetime * SECOND);
      check(made.halves.put(family, half) == null, "two relayed addresses of one family");
    }
    check(!made.halves.isEmpty(), "an allocation of nothing");
    boolean isWhole = made.halves.size() == families.size();
    check(isWhole != answer.has(0x8001), "a failed family must be named, and no other");
    if (!isWhole) {
      byte[] failed = answer.need(0x8001);
      check(!made.halves.containsKey(Wire.familyOf(failed[0])), "the wrong family is named");
      check(failed[2] * 100 + failed[3] == 508, "failed otherwise");
    }
    byte[] token = answer.value(0x0022);
    check((kind == Kind.PAIR) == (token != null), "a token for a pair and for nothing else");
    model.begun(made);
    if (token != null) {
      IpFamily family = made.halves.keySet().iterator().next();
      int port = made.halves.get(family).port + 1;
      check(!model.portsInUse(family, nowNanos).contains(port), "the pair is not free");
      model.ports.reserve(
          HexFormat.of().formatHex(token),
          new Reserved(username, family, port, nowNanos + RESERVATION_NANOS));
    }
    byte[] ticket = answer.value(0x8030);
    check((ticket != null) == request.has(0x8030), "a ticket for who wants to move");
    made.ticket = ticket == null ? null : HexFormat.of().formatHex(ticket);
  }

  // -------------------------------------------------------------------------------------- Refresh

  private void onRefresh(
      Path path,
      String username,
      Wire request,
      Wire answer,
      @Nullable Held existing,
      long nowNanos) {
    byte[] ticket = request.value(0x8030);
    byte[] family = request.value(0x0017);
    boolean isEnd = request.number(0x000d, DEFAULT_LIFETIME) == 0;
    Outcomes outcomes = new Outcomes();
    Held one = existing;
    if (existing == null) {
      if (ticket != null && model.bounds.mobility()) {
        one = model.byTicket(HexFormat.of().formatHex(ticket), nowNanos);
        outcomes
            .failsIf(one == null, 437)
            .failsIf(one != null && !one.username.equals(username), 441)
            .failsIf(one != null && isEnd, 400);
      } else {
        outcomes.fails(ticket == null ? 437 : 405);
      }
    }
    IpFamily only = family == null ? null : Wire.familyOf(family[0]);
    if (one != null && only != null) {
      boolean isKnown = family != null && (family[0] == 1 || family[0] == 2);
      outcomes.failsIf(!isKnown || one.live(only, nowNanos) == null, 443);
    }
    if (!outcomes.isSuccess(answer.code(), request) || one == null) {
      return;
    }
    if (existing == null) {
      one.nextPath = path;
      one.nextTicket = HexFormat.of().formatHex(answer.need(0x8030));
    } else if (path.equals(one.nextPath) && !isEnd) {
      check(HexFormat.of().formatHex(answer.need(0x8030)).equals(one.nextTicket), "another ticket");
    } else {
      check(!answer.has(0x8030), "a ticket for who has not moved");
    }
    if (isEnd) {
      check(answer.number(0x000d, -1) == 0, "ended, and not");
      if (only != null && liveHalves(one, nowNanos) > 1) {
        model.releasedHalf(one, only, nowNanos);
      } else {
        model.released(one);
      }
      return;
    }
    long lifetime = lifetime(request);
    check(answer.number(0x000d, -1) == lifetime, "not the lifetime of " + lifetime);
    for (IpFamily each : IpFamily.values()) {
      Half half = one.live(each, nowNanos);
      if (half != null && (only == null || only == each)) {
        half.expiresNanos = nowNanos + lifetime * SECOND;
      }
    }
  }

  private static int liveHalves(Held one, long nowNanos) {
    return (int) one.halves.values().stream().filter(half -> half.isLive(nowNanos)).count();
  }

  // -------------------------------------------------------------------- permissions and channels

  private void onCreatePermission(Wire request, Wire answer, @Nullable Held one, long nowNanos) {
    List<TransportAddress> peers = request.addresses(0x0012);
    Outcomes outcomes = new Outcomes().failsIf(one == null, 437).failsIf(peers.isEmpty(), 400);
    if (one != null) {
      peers.forEach(peer -> judge(outcomes, one, peer, nowNanos));
      if (!outcomes.mustFail()) {
        room(outcomes, one, peers, nowNanos);
      }
    }
    if (outcomes.isSuccess(answer.code(), request) && one != null) {
      peers.forEach(peer -> permit(one, peer.ip(), nowNanos));
    }
  }

  private void judge(Outcomes outcomes, Held one, TransportAddress peer, long nowNanos) {
    outcomes
        .failsIf(
            one.live(peer.ip().family(), nowNanos) == null || RelayModel.isMapped(peer.ip()), 443)
        .failsIf(!model.isPermitted(peer.ip()), 403);
  }

  /** No more permissions than are allowed; those of live channels may be kept when they expired. */
  private void room(Outcomes outcomes, Held one, List<TransportAddress> peers, long nowNanos) {
    for (IpFamily family : IpFamily.values()) {
      Half half = one.live(family, nowNanos);
      List<IpAddress> added =
          peers.stream()
              .map(TransportAddress::ip)
              .filter(ip -> ip.family() == family)
              .distinct()
              .toList();
      if (half == null || added.isEmpty()) {
        continue;
      }
      Set<IpAddress> sure = new LinkedHashSet<>(added);
      half.permissions.forEach((ip, expires) -> {
        if (expires > nowNanos) {
          sure.add(ip);
        }
      });
      Set<IpAddress> maybe = new LinkedHashSet<>(sure);
      one.channels.values().stream()
          .filter(channel -> channel.expiresNanos() > nowNanos)
          .map(channel -> channel.peer().ip())
          .filter(ip -> ip.family() == family)
          .forEach(maybe::add);
      boolean isNew = added.stream().anyMatch(ip -> !half.permits(ip, nowNanos));
      outcomes
          .failsIf(isNew && sure.size() > model.bounds.maxPermissions(), 508)
          .mayFailIf(isNew && maybe.size() > model.bounds.maxPermissions(), 508);
    }
  }

  private static void permit(Held one, IpAddress peer, long nowNanos) {
    Half half = one.live(peer.family(), nowNanos);
    if (half == null) {
      throw new AssertionError("a permission without a relayed address");
    }
    half.permissions.put(peer, nowNanos + PERMISSION_NANOS);
  }

  private void onChannelBind(Wire request, Wire answer, @Nullable Held one, long nowNanos) {
    TransportAddress peer = request.address(0x0012);
    byte[] numberBytes = request.value(0x000c);
    int number = numberBytes == null ? -1 : (numberBytes[0] & 0xff) << 8 | numberBytes[1] & 0xff;
    Outcomes outcomes =
        new Outcomes()
            .failsIf(one == null, 437)
            .failsIf(peer == null || number < 0x4000 || number > request.lastChannel(), 400);
    if (one != null && peer != null) {
      judge(outcomes, one, peer, nowNanos);
      outcomes.failsIf(!model.isPortPermitted(peer), 403);
      Bound sameNumber = one.live(number, nowNanos);
      int samePeer = one.channelTo(peer, nowNanos);
      boolean isOther =
          (sameNumber != null && !sameNumber.peer().equals(peer))
              || (samePeer >= 0 && samePeer != number);
      outcomes.failsIf(isOther, 400);
      if (!outcomes.mustFail()) {
        room(outcomes, one, List.of(peer), nowNanos);
        long live = one.channels.values().stream().filter(c -> c.expiresNanos() > nowNanos).count();
        outcomes.failsIf(sameNumber == null && live >= model.bounds.maxChannels(), 508);
      }
    }
    if (outcomes.isSuccess(answer.code(), request) && one != null && peer != null) {
      permit(one, peer.ip(), nowNanos);
      one.channels.put(number, new Bound(peer, nowNanos + CHANNEL_NANOS));
    }
  }
}

package org.peerstead.discovery.rpc.core;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.core.RpcConfig.Mode;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What a node is in the eyes of others: under which address they see it, whether strangers reach
 * it, and whether it serves them. Not thread-safe.
 *
 * <p>An ephemeral node becomes persistent
 *
 * <ul>
 *   <li>at the start, when its operator states the public address;
 *   <li>after the first look around, when it shall serve but has to find out its address;
 *   <li>when adaptive, after {@link #STABLE_TICKS} ticks, and then every {@link #MORE_STABLE_TICKS}
 *       unless nothing has changed;
 * </ul>
 *
 * always under the condition that others agree about host and port, and that strangers reach the
 * server socket there ({@link FirewallCheck}). It becomes ephemeral again when the machine slept.
 */
final class Standing {
  /** Ticks until an adaptive node checks whether it can serve (20 min). */
  static final int STABLE_TICKS = 240;

  /** Ticks until it checks again (60 min). */
  static final int MORE_STABLE_TICKS = 720;

  private final RpcNode node;
  private final RpcConfig config;
  private final TableKeeper keeper;

  private NatSampler nat = new NatSampler();
  private final Set<NodeAddress> sampledSeeds = new HashSet<>();
  private boolean firewalled;
  private boolean ephemeral = true;
  private @Nullable NodeAddress servedAs;
  private boolean checking;
  private @Nullable Integer checkedHost;
  private int stableTicks = STABLE_TICKS;

  Standing(RpcNode node, RpcConfig config, TableKeeper keeper) {
    this.node = node;
    this.config = config;
    this.keeper = keeper;
    this.firewalled = config.firewalled();
  }

  boolean isFirewalled() {
    return firewalled;
  }

  boolean isEphemeral() {
    return ephemeral;
  }

  NatSampler nat() {
    return nat;
  }

  /** The socket from which the node asks. */
  SocketSide askingSide() {
    return firewalled ? SocketSide.CLIENT : SocketSide.SERVER;
  }

  /** The id that packets from {@code socket} carry. */
  @Nullable Fixed32 idOn(SocketSide socket) {
    return ephemeral || socket != SocketSide.SERVER ? null : keeper.table().ownId();
  }

  boolean isOwn(NodeAddress address) {
    return address.equals(servedAs) || address.equals(nat.address());
  }

  /** The address under which strangers reach the server socket, null when they do not. */
  @Nullable NodeAddress reachableAddress() {
    @Nullable NodeAddress address = nat.address();
    return firewalled || address == null || address.port() != node.localServerPort()
        ? null
        : address;
  }

  AddressView view() {
    return new AddressView(
        nat.isHostKnown() ? new NodeAddress(nat.host(), 0).hostText() : null,
        nat.port(),
        nat.size(),
        firewalled,
        ephemeral);
  }

  /** Takes what the operator states, and looks around. */
  void start(long nowNanos) {
    @Nullable NodeAddress stated = config.publicAddress();
    if (stated != null) {
      nat.add(stated);
      if (config.mode() == Mode.PERSISTENT) {
        becomePersistent(stated);
      }
    }
    boolean testFirewall =
        config.quickFirewallCheck() && firewalled && config.mode() != Mode.PERSISTENT;
    lookAround(testFirewall, true, nowNanos);
  }

  /** A tick has passed. */
  void tick(long nowNanos) {
    if (config.mode() == Mode.EPHEMERAL || !ephemeral) {
      return;
    }
    stableTicks--;
    if (stableTicks <= 0) {
      if (checkedHost != null && nat.isHostKnown() && checkedHost == nat.host()) {
        stableTicks = MORE_STABLE_TICKS;
      } else {
        update(false, changed -> {}, nowNanos);
      }
    }
  }

  /** The machine slept or is in another network. */
  void wakeUp() {
    stableTicks = MORE_STABLE_TICKS;
    checkedHost = null;
    if (config.mode() == Mode.ADAPTIVE && !ephemeral) {
      ephemeral = true;
      servedAs = null;
      node.listener().becameEphemeral();
    }
  }

  /** A node of the table sees us as {@code seenAs}. */
  void sample(TableNode entry, NodeAddress seenAs) {
    if (entry.sampled < 0 || node.tick() - entry.sampled >= TableKeeper.OLD_TICKS) {
      entry.sampled = node.tick();
      nat.add(seenAs);
    }
  }

  /** Seeds that send no id are good for an observation all the same, a few of them. */
  void sampleSeed(NodeAddress from, NodeAddress seenAs) {
    if (sampledSeeds.size() < Math.max(1, node.bootstrapNodes().size()) && sampledSeeds.add(from)) {
      nat.add(seenAs);
    }
  }

  /** Asks for the own surroundings, and once more when that changed the own id. */
  private void lookAround(boolean testFirewall, boolean mayRepeat, long now) {
    QuickTest quickTest = new QuickTest(testFirewall);
    node.lookFor(
        keeper.table().ownId(),
        List.of(),
        new QueryListener() {
          @Override
          public void replied(Reply reply, long atNanos) {
            quickTest.ask(reply.from(), atNanos);
          }

          @Override
          public void finished(QueryResult result, long atNanos) {
            quickTest.whenOver(passed -> onLookedAround(passed, mayRepeat, node.nowNanos()));
          }
        },
        now);
  }

  private void onLookedAround(boolean passedQuickTest, boolean mayRepeat, long now) {
    if (!node.isRunning()) {
      return;
    }
    boolean force = config.mode() == Mode.PERSISTENT && ephemeral;
    if (!mayRepeat || !force && !passedQuickTest) {
      node.becomeReady();
      return;
    }
    update(
        !force,
        changed -> {
          if (changed) {
            lookAround(false, false, node.nowNanos());
          } else {
            node.becomeReady();
          }
        },
        now);
  }

  /**
   * The first node that answers is asked to answer to the server socket as well. Only an answer
   * makes a real check worth its packets. In a small network the first query is over before that
   * answer can be there, so the test is waited for, one second at most.
   */
  private final class QuickTest implements ReplyListener {
    private boolean wanted;
    private boolean running;
    private boolean passed;
    private @Nullable StateListener waiting;

    QuickTest(boolean wanted) {
      this.wanted = wanted;
    }

    void ask(NodeAddress first, long now) {
      if (wanted) {
        wanted = false;
        running = true;
        OutgoingRequest pingBack = FirewallCheck.pingBack(node.localServerPort());
        node.ask(
            first,
            new OutgoingRequest(true, pingBack.command(), null, null, pingBack.value(), 0),
            this,
            now);
      }
    }

    void whenOver(StateListener listener) {
      if (running) {
        waiting = listener;
      } else {
        listener.ended(passed);
      }
    }

    @Override
    public void replied(Reply reply, long now) {
      passed = true;
      end();
    }

    @Override
    public void failed(long now) {
      end();
    }

    private void end() {
      running = false;
      if (waiting != null) {
        waiting.ended(passed);
      }
    }
  }

  /** Hears the result of something that took a while. */
  private interface StateListener {
    void ended(boolean positive);
  }

  /**
   * Finds out whether strangers reach the server socket, and unless {@code onlyFirewall} becomes
   * persistent when they do.
   */
  private void update(boolean onlyFirewall, StateListener ended, long now) {
    if (!onlyFirewall) {
      stableTicks = MORE_STABLE_TICKS;
      checkedHost = nat.isHostKnown() ? nat.host() : null;
    }
    @Nullable NodeAddress before = nat.address();
    if (!ephemeral || onlyFirewall && !firewalled || before == null || checking) {
      ended.ended(false);
      return;
    }
    if (!firewalled) {
      becomePersistent(before);
      ended.ended(true);
      return;
    }
    checking = true;
    FirewallCheck.start(
        node,
        reachable -> {
          checking = false;
          if (!node.isRunning()) {
            return;
          }
          node.listener().firewallChecked(reachable == null);
          @Nullable NodeAddress seenAs = reachable == null ? null : reachable.address();
          boolean sameNetwork = nat.isHostKnown() && nat.host() == before.host();
          if (reachable == null || seenAs == null || !sameNetwork || !ephemeral) {
            ended.ended(false);
            return;
          }
          firewalled = false;
          nat = reachable;
          sampledSeeds.clear();
          if (!onlyFirewall) {
            becomePersistent(seenAs);
          } else {
            keeper.moveTo(NodeId.of(seenAs));
          }
          ended.ended(true);
        },
        now);
  }

  private void becomePersistent(NodeAddress address) {
    Fixed32 id = NodeId.of(address);
    keeper.moveTo(id);
    ephemeral = false;
    servedAs = address;
    node.listener().becamePersistent(address, id);
    if (node.isReady()) {
      node.refresh(node.nowNanos());
    }
  }
}

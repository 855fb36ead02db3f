package org.peerstead.relay;

import java.util.List;
import java.util.function.ToLongFunction;
import org.peerstead.relay.auth.AuthFailure;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.DropReason;
import org.peerstead.relay.turn.EndReason;
import org.peerstead.relay.turn.RelayCounters;

/** What all loops of a relay have counted together. A live view; any thread may read. */
public final class RelayCounts {
  private final List<RelayCounters> loops;

  RelayCounts(List<RelayCounters> loops) {
    this.loops = List.copyOf(loops);
  }

  public long get(RelayCounters.Count count) {
    return sum(loop -> loop.get(count));
  }

  public long drops(DropReason reason) {
    return sum(loop -> loop.drops(reason));
  }

  public long authFailures(AuthFailure failure) {
    return sum(loop -> loop.authFailures(failure));
  }

  public long ended(EndReason reason) {
    return sum(loop -> loop.ended(reason));
  }

  public long opened(ClientTransport transport) {
    return sum(loop -> loop.opened(transport));
  }

  public long live(ClientTransport transport) {
    return sum(loop -> loop.live(transport));
  }

  public long live(IpFamily family) {
    return sum(loop -> loop.live(family));
  }

  public long live() {
    return sum(RelayCounters::live);
  }

  private long sum(ToLongFunction<RelayCounters> read) {
    return loops.stream().mapToLong(read).sum();
  }
}

package org.peerstead.dhtseed;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.peerstead.discovery.rpc.core.AddressScope;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/**
 * Counts who came without having been asked before: the only proof that a port can be reached from
 * outside, since an answer also passes where nothing else does. Fed by the owner thread of the
 * node; the count may be read by any thread.
 */
final class Strangers {
  /** Hosts that are remembered as having been asked; the oldest ones are forgotten. */
  private static final int MAX_ASKED = 4_096;

  private final boolean onlyPublic;
  private final AtomicLong count = new AtomicLong();
  private final Map<Integer, Boolean> asked =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
          return size() > MAX_ASKED;
        }
      };

  /**
   * @param onlyPublic whether only those with a public address prove anything
   */
  Strangers(boolean onlyPublic) {
    this.onlyPublic = onlyPublic;
  }

  /** This host answered a request of ours. */
  void asked(NodeAddress node) {
    asked.put(node.host(), true);
  }

  /** Somebody came. */
  void came(NodeAddress from) {
    AddressScope scope = AddressScope.of(from.host());
    boolean isFar = onlyPublic ? scope == AddressScope.PUBLIC : scope != AddressScope.LOOPBACK;
    if (isFar && !asked.containsKey(from.host())) {
      count.setRelease(count.getPlain() + 1);
    }
  }

  long count() {
    return count.get();
  }
}

package org.peerstead.storagepeer;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.follow.FollowLimits;

/**
 * How the service works.
 *
 * @param listen address to listen on; port 0 takes a free one
 * @param peers peers to stay connected to
 * @param allowedPeers the only peers that may connect; empty for all
 * @param requests who may ask over the network for cores to be kept
 * @param limits how much is kept
 * @param minFreeBytes nothing new is taken when the disk has less free space
 * @param sweepInterval how often limits are looked at and records saved
 * @param requestTimeout how long a request waits for the engine
 * @param engine limits of connections and open logs
 */
public record StoragePeerSettings(
    InetSocketAddress listen,
    List<PeerAddress> peers,
    Set<Fixed32> allowedPeers,
    StorageRequestRules requests,
    FollowLimits limits,
    long minFreeBytes,
    Duration sweepInterval,
    Duration requestTimeout,
    HypercoresConfig engine) {
  public StoragePeerSettings {
    peers = List.copyOf(peers);
    allowedPeers = Set.copyOf(allowedPeers);
  }
}

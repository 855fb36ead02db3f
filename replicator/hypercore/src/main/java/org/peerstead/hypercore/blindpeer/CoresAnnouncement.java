package org.peerstead.hypercore.blindpeer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A client's cores, to be kept: message 0 of the channel {@code blind-peer}. There is no answer.
 *
 * @param referrer the core in whose name, or null
 * @param priority 0 low, 1 normal, 2 high; 0 when the client says none
 * @param isAnnounced whether strangers shall find them
 * @param cores at most {@link BlindPeerCodec#MAX_CORES}
 */
public record CoresAnnouncement(
    @Nullable Fixed32 referrer, long priority, boolean isAnnounced, List<ClientCore> cores) {
  /**
   * A core that the client has.
   *
   * @param length the client's length in blocks
   */
  public record ClientCore(Fixed32 key, long length) {}

  public CoresAnnouncement {
    cores = List.copyOf(cores);
  }
}

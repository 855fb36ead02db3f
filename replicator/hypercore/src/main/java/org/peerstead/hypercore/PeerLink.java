package org.peerstead.hypercore;

import java.util.List;
import org.peerstead.hypercore.net.CloseReason;
import org.peerstead.hypercore.net.Connection;
import org.peerstead.hypercore.replication.DisconnectReason;
import org.peerstead.hypercore.replication.Link;
import org.peerstead.securestream.encoding.Slice;

/** Replication's way out over a connection. Owner's thread only. */
final class PeerLink implements Link {
  private final Connection connection;
  private final List<PeerLink> unflushed;
  private boolean isUnflushed;

  /**
   * A link.
   *
   * @param unflushed links that have something to flush at the end of the turn
   */
  PeerLink(Connection connection, List<PeerLink> unflushed) {
    this.connection = connection;
    this.unflushed = unflushed;
  }

  @Override
  public boolean send(Slice message) {
    if (!isUnflushed) {
      isUnflushed = true;
      unflushed.add(this);
    }
    return connection.send(message);
  }

  @Override
  public boolean isWritable() {
    return connection.isWritable();
  }

  @Override
  public void destroy(DisconnectReason reason, String detail) {
    connection.close(
        switch (reason) {
          case CLOSED -> CloseReason.CLOSED_LOCALLY;
          case INTERNAL_ERROR -> CloseReason.INTERNAL;
          case SLOW_READER -> CloseReason.SLOW_READER;
          case MALFORMED,
              PROTOMUX,
              INVALID_CAPABILITY,
              INVALID_REQUESTS,
              TOO_MANY_REQUESTS,
              BAD_PROOFS,
              UNASKED_DATA,
              ABSURD_RANGES ->
              CloseReason.PROTOCOL;
        },
        reason + ": " + detail);
  }

  void flush() {
    isUnflushed = false;
    connection.flush();
  }
}

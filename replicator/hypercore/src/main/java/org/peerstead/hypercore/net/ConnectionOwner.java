package org.peerstead.hypercore.net;

import java.net.InetSocketAddress;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseSession;

/**
 * Who talks to peers. Called on the owner's thread only; for each connection first {@link
 * #connected}, last {@link #disconnected}, each once.
 */
public interface ConnectionOwner {
  /** A peer is proven; messages may be sent. */
  void connected(Connection connection, NoiseSession session);

  /** A message arrived; its bytes belong to the owner. */
  void received(Connection connection, Slice message);

  /** All messages of one read were told: answers may be put together now. */
  default void receivedAll(Connection connection) {}

  /** There is room again after {@link Connection#isWritable} was false. */
  void writable(Connection connection);

  /** The connection is over. */
  void disconnected(Connection connection, CloseReason reason, String detail);

  /** A socket that did not become a connection. */
  default void refused(InetSocketAddress address, CloseReason reason, String detail) {}
}

package org.peerstead.relay.net.netty;

import io.netty.channel.Channel;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What all kinds of sockets here have in common. */
final class Sockets {
  private static final System.Logger LOG = System.getLogger(Sockets.class.getName());

  private Sockets() {}

  static void closeQuietly(@Nullable Closeable socket) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "closing a socket failed", e);
      }
    }
  }

  /** Out of descriptors: whoever waits to be accepted would be tried again at once, for ever. */
  static void pauseAccepting(Channel listening, Throwable cause) {
    if (listening.config().isAutoRead()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot accept connections on {0} for now: {1}",
          listening.localAddress(),
          cause.getMessage());
      listening.config().setAutoRead(false);
      listening
          .eventLoop()
          .schedule(() -> listening.config().setAutoRead(true), 1, TimeUnit.SECONDS);
    }
  }
}

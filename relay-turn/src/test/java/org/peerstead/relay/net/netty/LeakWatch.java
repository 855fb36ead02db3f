package org.peerstead.relay.net.netty;

import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Follows every buffer and fails the class when one was not released. */
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private static final Logger LOG = Logger.getLogger(ResourceLeakDetector.class.getName());

  private final List<String> leaks = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          if (logged.getLevel().intValue() >= Level.SEVERE.intValue()) {
            leaks.add(logged.getMessage());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    LOG.addHandler(handler);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    // Leaks are found when a later buffer is made after the collector saw the lost one.
    for (int i = 0; i < 5; i++) {
      System.gc();
      io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
    }
    LOG.removeHandler(handler);
    if (!leaks.isEmpty()) {
      throw new AssertionError("buffers were not released: " + leaks);
    }
  }
}

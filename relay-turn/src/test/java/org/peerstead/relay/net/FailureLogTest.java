package org.peerstead.relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FailureLogTest {
  private static final long SECOND = 1_000_000_000L;

  private static final class Recorder implements System.Logger {
    final List<String> messages = new ArrayList<>();

    @Override
    public String getName() {
      return "recorder";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String message, @Nullable Throwable thrown) {
      assertThat(thrown).isInstanceOf(IllegalStateException.class);
      messages.add(message);
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String format, Object... parameters) {
      throw new AssertionError("a failure comes with its trace");
    }
  }

  @Test
  void add_shouldLogOneAMinuteAndCountTheOthers() {
    Recorder recorder = new Recorder();
    FailureLog failures = new FailureLog(recorder);
    long start = Long.MAX_VALUE - 30 * SECOND;
    for (int second = 0; second < 130; second++) {
      failures.add(new IllegalStateException("always"), start + second * SECOND);
    }
    assertThat(recorder.messages)
        .containsExactly(
            "the engine failed",
            "the engine failed, as it did 59 times since this was logged last",
            "the engine failed, as it did 59 times since this was logged last");
  }
}

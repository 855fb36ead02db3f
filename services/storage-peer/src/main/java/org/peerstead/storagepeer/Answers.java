package org.peerstead.storagepeer;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what the engine answers; never to be used on the engine's own thread. Stateless. */
final class Answers {
  private Answers() {}

  /**
   * The answer.
   *
   * @throws RuntimeException what the engine failed with
   * @throws EngineBusyException when it took longer than the limit, or this thread was interrupted
   */
  static <T> T await(Future<T> answer, Duration limit) {
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new EngineBusyException("no answer within " + limit.toSeconds() + " s; try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineBusyException("the server is stopping");
    }
  }
}

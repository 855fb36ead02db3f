package org.peerstead.storagepeer.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.CoreException;
import org.peerstead.storagepeer.EngineBusyException;
import org.peerstead.storagepeer.RefusedException;
import org.peerstead.storagepeer.follow.Refusal;

/** Turns what goes wrong into problem documents. Stateless. */
final class Problems {
  private static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

  /** A request body that may be refused. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws RefusedException;
  }

  /**
   * A problem document (RFC 9457).
   *
   * @param type always {@code about:blank}: the status says what kind of problem it is
   * @param title the status in words
   * @param status HTTP status code
   * @param detail what is wrong and what helps
   */
  record Problem(String type, String title, int status, String detail) {}

  private Problems() {}

  static WebApplicationException of(int status, String detail) {
    Response.StatusType type = Response.Status.fromStatusCode(status);
    String title =
        type != null ? type.getReasonPhrase() : status == 507 ? "Insufficient Storage" : "Error";
    return new WebApplicationException(
        Response.status(status)
            .type(MEDIA_TYPE)
            .entity(new Problem("about:blank", title, status, detail))
            .build());
  }

  /** Does the work, or fails with the problem that fits what went wrong. */
  static <T> T guard(Work<T> work) {
    try {
      return work.run();
    } catch (RefusedException e) {
      throw of(status(e.reason()), sentence(e.getMessage()));
    } catch (EngineBusyException e) {
      throw of(503, sentence(e.getMessage()));
    } catch (CoreException e) {
      throw of(status(e.reason()), sentence(e.getMessage()));
    }
  }

  static WebApplicationException notFound(String key) {
    return of(404, "There is no core " + key + ".");
  }

  static <T> Supplier<WebApplicationException> absent(String key) {
    return () -> notFound(key);
  }

  private static String sentence(@Nullable String text) {
    return text == null || text.isEmpty()
        ? "The request failed."
        : Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  private static int status(Refusal reason) {
    return switch (reason) {
      case NOT_THE_OWNER -> 403;
      case CORE_LIMIT -> 413;
      case TOO_MANY_CORES, TOO_MANY_CORES_OF_OWNER, OWNER_QUOTA, STORE_FULL, DISK_FULL -> 507;
    };
  }

  private static int status(CoreException.Reason reason) {
    return switch (reason) {
      case UNKNOWN_CORE, NOT_AVAILABLE, OUT_OF_RANGE -> 404;
      case NOT_WRITABLE, FROZEN, CONFLICT, IN_USE, SNAPSHOT_GONE -> 409;
      case TOO_LARGE -> 413;
      case STORAGE -> 500;
      case TIMED_OUT, OVERLOADED, CLOSED, CANCELLED -> 503;
    };
  }
}

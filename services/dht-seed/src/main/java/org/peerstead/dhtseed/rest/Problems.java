package org.peerstead.dhtseed.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.DhtException;

/** Turns what goes wrong into problem documents. Stateless. */
final class Problems {
  private static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

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
    return new WebApplicationException(
        Response.status(status)
            .type(MEDIA_TYPE)
            .entity(
                new Problem(
                    "about:blank", type == null ? "Error" : type.getReasonPhrase(), status, detail))
            .build());
  }

  /** Does the work, or fails with the problem that fits what went wrong. */
  static <T> T guard(Supplier<T> work) {
    try {
      return work.get();
    } catch (DhtException e) {
      throw of(status(e.reason()), sentence(e.getMessage()));
    }
  }

  private static String sentence(@Nullable String text) {
    return text == null || text.isEmpty()
        ? "The request failed."
        : Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  private static int status(DhtException.Reason reason) {
    return switch (reason) {
      case BAD_ARGUMENT -> 400;
      case PEER_NOT_FOUND -> 404;
      case SEQ_REUSED, SEQ_TOO_LOW, REFUSED -> 409;
      case INTERNAL -> 500;
      case NO_NODES, NO_ANSWER, NOT_STORED -> 502;
      case CLOSED, OVERLOADED -> 503;
      case TIMED_OUT -> 504;
    };
  }
}

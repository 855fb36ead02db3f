package org.peerstead.relaynode.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

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
}

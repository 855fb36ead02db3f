package org.peerstead.gateway.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

/**
 * A problem document (RFC 9457).
 *
 * @param type always {@code about:blank}: the status says what kind of problem it is
 * @param title the status in words
 * @param status HTTP status code
 * @param detail what is wrong and what helps
 */
public record Problem(String type, String title, int status, String detail) {
  /** Media type of problem documents. */
  public static final MediaType MEDIA_TYPE = new MediaType("application", "problem+json");

  static Response response(Response.StatusType status, String detail) {
    return Response.status(status)
        .type(MEDIA_TYPE)
        .entity(
            new Problem("about:blank", status.getReasonPhrase(), status.getStatusCode(), detail))
        .build();
  }

  static WebApplicationException exception(Status status, String detail) {
    return new WebApplicationException(response(status, detail));
  }
}

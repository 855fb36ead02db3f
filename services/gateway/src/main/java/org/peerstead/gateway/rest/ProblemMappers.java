package org.peerstead.gateway.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns every failure of a request into a problem document. Stateless. */
public class ProblemMappers {
  private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

  /** Failures of the framework, for example an unknown path or an unacceptable media type. */
  @ServerExceptionMapper
  public Response map(WebApplicationException failure) {
    Response response = failure.getResponse();
    if (response.hasEntity()) {
      return response;
    }
    String detail = failure.getMessage();
    return Problem.response(
        response.getStatusInfo(),
        detail == null ? response.getStatusInfo().getReasonPhrase() : detail);
  }

  /** Anything else is a bug: the client learns nothing, the log everything. */
  @ServerExceptionMapper
  public Response map(RuntimeException failure) {
    LOG.error("A request failed", failure);
    return Problem.response(
        Response.Status.INTERNAL_SERVER_ERROR, "The request failed; the server's log says why.");
  }
}

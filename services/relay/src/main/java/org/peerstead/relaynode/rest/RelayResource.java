package org.peerstead.relaynode.rest;

import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.CacheControl;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.HttpFace;
import org.peerstead.relay.auth.TimeLimitedCredentials.Issued;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relaynode.RelayNode;
import org.peerstead.relaynode.RelayNode.RefusedException;
import org.peerstead.relaynode.RelayService;

/** {@code /api/v1/relay}. Behind the same access rules as the rest of the API. */
@Path("/api/v1/relay")
@Blocking
@Tag(name = "relay")
public class RelayResource {
  /** So that a list stays readable; metrics count them all. */
  private static final int MAX_SESSIONS_SHOWN = 10_000;

  private final RelayService service;

  /** Asks {@code service}. */
  public RelayResource(RelayService service) {
    this.service = service;
  }

  /** How the relay is. */
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Addresses, allocations, data path, certificate and warnings")
  public RelayViews.StatusJson status() {
    return RelayViews.StatusJson.of(relay());
  }

  /** Makes credentials. */
  @GET
  @Path("/credentials")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Time-limited credentials, as the iceServers of a WebRTC app")
  public Response credentials(
      @Parameter(description = "who they are for; absent: the holder of the access token")
          @QueryParam("user")
          @Nullable String user,
      @Parameter(description = "how long they count, in seconds; absent: as configured")
          @QueryParam("ttl")
          @Nullable Long ttl,
      @Context RoutingContext context) {
    String userId = user == null || user.isBlank() ? principal(context) : user;
    RelayNode relay = relay();
    long now = System.currentTimeMillis() / 1_000;
    try {
      Issued issued = relay.issue(userId, Optional.ofNullable(ttl).map(Duration::ofSeconds));
      var never = new CacheControl();
      never.setNoStore(true);
      return Response.ok(
              RelayViews.CredentialsJson.of(
                  issued, issued.expiresAtEpochSecond() - now, relay.iceServers()))
          .cacheControl(never)
          .build();
    } catch (RefusedException e) {
      throw Problems.of(400, String.valueOf(e.getMessage()));
    }
  }

  /** Makes credentials; for clients that do not take GET for that. */
  @POST
  @Path("/credentials")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "As GET")
  public Response makeCredentials(
      @QueryParam("user") @Nullable String user,
      @QueryParam("ttl") @Nullable Long ttl,
      @Context RoutingContext context) {
    return credentials(user, ttl, context);
  }

  /** What lives. */
  @GET
  @Path("/sessions")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Allocations that live, at most 10,000")
  public RelayViews.SessionsJson sessions(
      @Parameter(description = "only those of this user id") @QueryParam("user")
          @Nullable String user) {
    try {
      return new RelayViews.SessionsJson(
          relay().sessions().stream()
              .filter(session -> user == null || session.userId().equals(user))
              .limit(MAX_SESSIONS_SHOWN)
              .map(RelayViews.SessionJson::of)
              .toList());
    } catch (RefusedException e) {
      throw Problems.of(503, String.valueOf(e.getMessage()));
    }
  }

  /** Ends one. */
  @DELETE
  @Path("/sessions/{id}")
  @Operation(summary = "End an allocation")
  public Response disconnect(@PathParam("id") String id) {
    try {
      if (!relay().disconnect(id)) {
        throw Problems.of(404, "There is no session " + id + ".");
      }
      return Response.noContent().build();
    } catch (RefusedException e) {
      throw Problems.of(503, String.valueOf(e.getMessage()));
    }
  }

  /** The busiest users. */
  @GET
  @Path("/users")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "The users with the most traffic, as many as peerstead.relay.metrics.top-users")
  public RelayViews.UsersJson users() {
    return new RelayViews.UsersJson(List.copyOf(relay().topUsers()));
  }

  /** Whether a peer may be reached. */
  @GET
  @Path("/peers/{address}")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Whether clients may reach a peer, and which rule says so")
  public RelayViews.PeerJson peer(@PathParam("address") String text) {
    IpAddress address;
    try {
      address = IpAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw Problems.of(400, text + " is no IPv4 or IPv6 address.");
    }
    return RelayViews.PeerJson.of(address.toString(), relay().judge(address));
  }

  /** Drains. */
  @POST
  @Path("/drain")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Take no new allocations until the process is restarted; those that live go on")
  public RelayViews.DrainJson drain() {
    RelayNode relay = relay();
    var unused = relay.drain();
    return new RelayViews.DrainJson(true, relay.allocations(), service.drainDeadline().toSeconds());
  }

  private RelayNode relay() {
    return service
        .relay()
        .orElseThrow(() -> Problems.of(503, "This process is no relay: " + service.state()));
  }

  /** A colon would be read as the end of the expiry. */
  private static String principal(RoutingContext context) {
    String principal = context.get(HttpFace.PRINCIPAL);
    if (principal == null) {
      throw new IllegalStateException("a request without principal");
    }
    return principal.replace(':', '-');
  }
}

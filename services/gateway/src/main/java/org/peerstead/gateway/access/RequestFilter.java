package org.peerstead.gateway.access;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.quarkus.runtime.PreventFurtherStepsException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.peerstead.events.HttpFace;
import org.peerstead.gateway.GatewayConfig;
import org.peerstead.gateway.GatewayMetrics;

/**
 * The access rules, in front of every request, WebSocket upgrades included.
 *
 * <ol>
 *   <li>While access is open, the {@code Host} must be localhost, an address or an allowed name.
 *   <li>A web page's {@code Origin} must be allowed for sockets, and for the REST API be this
 *       server itself or an allowed one. (Browsers let any page connect to this machine.)
 *   <li>With tokens, all but the start page and the health checks need one: {@code Authorization:
 *       Bearer}, or for sockets {@code ?token=}, because browsers cannot set headers there.
 * </ol>
 *
 * <p>Refusals are problem documents (RFC 9457). Queries are never logged. Thread-safe.
 */
@ApplicationScoped
public class RequestFilter {
  /** The principal of everybody while access is open. */
  private static final String ANONYMOUS = "anonymous";

  private static final String TOKEN_PRINCIPAL = "token:";
  private static final int PRIORITY = 1000;
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);
  private static final Logger LOG = Logger.getLogger(RequestFilter.class);

  private final AccessConfig access;
  private final GatewayConfig gateway;
  private final GatewayMetrics metrics;
  private final TokenRegister tokens;
  private final HostNames hosts;
  private final Instance<HttpFace> faces;
  private final String httpHost;

  /** Requests in hand; sockets are not among them. */
  private final AtomicInteger active = new AtomicInteger();

  private volatile boolean isDraining;

  /** Rules as configured; tokens come from the data folder. */
  public RequestFilter(
      AccessConfig access,
      GatewayConfig gateway,
      GatewayMetrics metrics,
      @Any Instance<HttpFace> faces,
      @ConfigProperty(name = "peerstead.data") String dataFolder,
      @ConfigProperty(name = "quarkus.http.host") String httpHost) {
    this.access = access;
    this.gateway = gateway;
    this.metrics = metrics;
    this.httpHost = httpHost;
    this.faces = faces;
    tokens = new TokenRegister(new TokenFile(Path.of(dataFolder)));
    List<String> names = gateway.allowedHosts().orElse(List.of());
    // Whoever forces an open node onto a network names it as they like, unless they list names.
    boolean allowsAll = names.isEmpty() && !OpenAccess.isLoopback(httpHost);
    hosts = new HostNames(allowsAll ? List.of("*") : names);
  }

  void refuseToStartOpenToOthers(
      @Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent start) {
    boolean isOpen = access.mode() == AccessConfig.Mode.OPEN;
    OpenAccess.refusal(isOpen && servesClients(), access.forceOpen(), httpHost)
        .ifPresent(refusal -> {
          throw new PreventFurtherStepsException(refusal, 1);
        });
    if (isOpen && servesClients() && !OpenAccess.isLoopback(httpHost)) {
      LOG.warnf("Access is open on %s: anybody who reaches it can read and write", httpHost);
    }
  }

  void register(@Observes Filters filters) {
    filters.register(this::check, PRIORITY);
  }

  /** Stops taking requests, and waits a while for those in hand. */
  void drain(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent stop) {
    isDraining = true;
    long deadline = System.nanoTime() + DRAIN_LIMIT.toNanos();
    while (active.get() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  private void check(RoutingContext context) {
    HttpServerRequest request = context.request();
    boolean isUpgrade = isWebSocketUpgrade(request);
    if (isDraining) {
      refuse(context, 503, "stopping", "The server is stopping.");
      return;
    }
    if (!isServed(String.valueOf(request.path()))) {
      refuse(context, 404, "not_served", "This process does not serve clients.");
      return;
    }
    if (!isUpgrade) {
      active.incrementAndGet();
      context.addEndHandler(unused -> active.decrementAndGet());
    }
    if (access.mode() == AccessConfig.Mode.OPEN && !isHostAllowed(request)) {
      refuse(
          context,
          403,
          "host_not_allowed",
          "This node is not known by that host name; peerstead.gateway.allowed-hosts lists names.");
      return;
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (origin != null && !isOriginAllowed(request, origin, isUpgrade)) {
      refuse(
          context,
          403,
          "origin_not_allowed",
          isUpgrade
              ? "Pages of this origin may not connect; see peerstead.gateway.websocket-origins."
              : "Pages of this origin may not use the API; see peerstead.gateway.api-origins.");
      return;
    }
    if (origin != null && !isUpgrade && answerPreflight(context, origin)) {
      return;
    }
    Optional<String> principal;
    try {
      principal = principal(request, isUpgrade);
    } catch (IOException e) {
      LOG.errorf("Access tokens cannot be read, so nobody is let in: %s", e.getMessage());
      refuse(context, 503, "tokens_unreadable", "Access tokens cannot be read.");
      return;
    }
    if (principal.isEmpty() && !isPublic(request)) {
      context.response().putHeader("WWW-Authenticate", "Bearer realm=\"peerstead\"");
      refuse(
          context,
          401,
          "unauthorized",
          "An access token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN for sockets.");
      return;
    }
    principal.ifPresent(name -> context.put(HttpFace.PRINCIPAL, name));
    context.next();
  }

  private boolean isServed(String path) {
    return gateway.enabled()
        || path.startsWith("/q/")
        || faces.stream().anyMatch(face -> face.serves(path));
  }

  /** Whether this process answers to more than its operator's questions. */
  private boolean servesClients() {
    return gateway.enabled() || faces.stream().anyMatch(face -> !face.paths().isEmpty());
  }

  /**
   * Who sent a request that passed this filter.
   *
   * @throws IllegalStateException when it came round the filter
   */
  public static String principalOf(RoutingContext context) {
    String principal = context.get(HttpFace.PRINCIPAL);
    if (principal == null) {
      throw new IllegalStateException("a request without principal");
    }
    return principal;
  }

  /** Whether a principal that was let in may stay, or its token was revoked. */
  public boolean isStillWelcome(String principal) {
    if (access.mode() == AccessConfig.Mode.OPEN) {
      return true;
    }
    try {
      return principal.startsWith(TOKEN_PRINCIPAL)
          && tokens.contains(principal.substring(TOKEN_PRINCIPAL.length()));
    } catch (IOException e) {
      // Sessions that were let in stay until the file can be read again.
      return true;
    }
  }

  private Optional<String> principal(HttpServerRequest request, boolean isUpgrade)
      throws IOException {
    if (access.mode() == AccessConfig.Mode.OPEN) {
      return Optional.of(ANONYMOUS);
    }
    String header = request.getHeader(HttpHeaders.AUTHORIZATION);
    String secret =
        header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)
            ? header.substring(7).strip()
            : isUpgrade ? request.getParam("token") : null;
    return secret == null ? Optional.empty() : tokens.idOf(secret).map(id -> TOKEN_PRINCIPAL + id);
  }

  private boolean isPublic(HttpServerRequest request) {
    if (isWebSocketUpgrade(request)) {
      return false;
    }
    String path = request.path();
    if (path == null) {
      return false;
    }
    return path.equals("/")
        || path.equals("/index.html")
        || path.equals("/q/health")
        || path.startsWith("/q/health/")
        || (access.openMetrics() && path.equals("/q/metrics"));
  }

  private boolean isHostAllowed(HttpServerRequest request) {
    String host = request.getHeader(HttpHeaders.HOST);
    return host == null || hosts.allow(host);
  }

  private boolean isOriginAllowed(HttpServerRequest request, String origin, boolean isUpgrade) {
    List<String> allowed =
        isUpgrade ? gateway.websocketOrigins() : gateway.apiOrigins().orElse(List.of());
    return allowed.contains("*") || allowed.contains(origin) || isSameOrigin(request, origin);
  }

  private static boolean isSameOrigin(HttpServerRequest request, String origin) {
    String host = request.getHeader(HttpHeaders.HOST);
    try {
      return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Answers what browsers ask before a request to another origin; true when it did. */
  private static boolean answerPreflight(RoutingContext context, String origin) {
    HttpServerResponse response = context.response();
    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    HttpServerRequest request = context.request();
    if (!request.method().equals(HttpMethod.OPTIONS)
        || !request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)) {
      return false;
    }
    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE");
    response.putHeader(
        HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Accept");
    response.putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600");
    response.setStatusCode(204).end();
    return true;
  }

  private void refuse(RoutingContext context, int status, String reason, String detail) {
    metrics.rejected(reason);
    context
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .end(
            new JsonObject()
                .put("type", "about:blank")
                .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
                .put("status", status)
                .put("detail", detail)
                .put("reason", reason)
                .encode());
  }

  /** Whether the request asks to become a WebSocket. */
  public static boolean isWebSocketUpgrade(HttpServerRequest request) {
    String upgrade = request.getHeader(HttpHeaders.UPGRADE);
    return upgrade != null
        && upgrade.equalsIgnoreCase("websocket")
        && request.method().equals(HttpMethod.GET);
  }
}

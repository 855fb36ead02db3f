package org.peerstead.node;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peerstead.gateway.access.AccessToken;
import org.peerstead.gateway.access.TokenFile;

/** The node with tokens. */
@QuarkusTest
@TestProfile(TokenAccessTest.Tokens.class)
class TokenAccessTest {
  private static final String DATA = "target/test-data-tokens";

  /** Token access. */
  public static class Tokens implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("peerstead.access", "token", "peerstead.data", DATA);
    }
  }

  @TestHTTPResource("/sync")
  URI http;

  private final TokenFile file = new TokenFile(Path.of(DATA));

  @Test
  void requests_shouldNeedAToken() throws IOException {
    when()
        .get("/api/v1/status")
        .then()
        .statusCode(401)
        .header("WWW-Authenticate", equalTo("Bearer realm=\"peerstead\""))
        .contentType("application/problem+json");
    when().get("/q/metrics").then().statusCode(401);
    when().get("/q/health/ready").then().statusCode(200);
    when().get("/").then().statusCode(200);
    given().header("Authorization", "Bearer nonsense").get("/api/v1/status").then().statusCode(401);

    AccessToken.Issued issued = issue();
    given()
        .header("Authorization", "Bearer " + issued.secret())
        .get("/api/v1/status")
        .then()
        .statusCode(200)
        .body("access", equalTo("token"));
    // A token in a link would end up in histories and logs.
    when().get("/api/v1/status?token=" + issued.secret()).then().statusCode(401);
    file.remove(issued.token().id());
    given()
        .header("Authorization", "Bearer " + issued.secret())
        .get("/api/v1/status")
        .then()
        .statusCode(401);
  }

  @Test
  void sockets_shouldTakeTheTokenFromQueryOrHeader() throws IOException {
    URI sync = URI.create(http.toString().replaceFirst("^http", "ws"));
    assertThat(catchThrowable(() -> SocketClient.join(sync, "none")))
        .hasStackTraceContaining("401");
    AccessToken.Issued issued = issue();
    try (var byHeader =
            SocketClient.join(sync, "header", "Authorization", "Bearer " + issued.secret());
        var byQuery = SocketClient.join(URI.create(sync + "?token=" + issued.secret()), "query")) {
      assertThat(byHeader.isClosed()).isFalse();
      file.remove(issued.token().id());
      assertThat(byHeader.closeCode()).isEqualTo(1008);
      assertThat(byQuery.closeCode()).isEqualTo(1008);
    }
  }

  @Test
  void peers_shouldKeepTheirIdFromOtherUsers() throws IOException {
    URI sync = URI.create(http.toString().replaceFirst("^http", "ws"));
    URI first = URI.create(sync + "?token=" + issue().secret());
    URI second = URI.create(sync + "?token=" + issue().secret());
    try (var owner = SocketClient.join(first, "mine");
        var other = SocketClient.connect(second, "mine")) {
      other.send(other.joinMessage("1"));
      assertThat(other.closeCode()).isEqualTo(1008);
      assertThat(owner.isClosed()).isFalse();
    }
  }

  private AccessToken.Issued issue() throws IOException {
    AccessToken.Issued issued = AccessToken.issue("test", Instant.now(), new SecureRandom());
    file.add(issued.token());
    return issued;
  }
}

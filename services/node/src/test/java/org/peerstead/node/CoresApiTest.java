package org.peerstead.node;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The cores' REST API of the whole node. */
@QuarkusTest
class CoresApiTest {
  private static final String PROBLEM = "application/problem+json";
  private static final String ABSENT = "y".repeat(52);

  private static String create() {
    return given()
        .contentType("application/json")
        .body(Map.of("name", UUID.randomUUID().toString()))
        .post("/api/v1/cores")
        .then()
        .statusCode(201)
        .extract()
        .path("key");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void core_shouldBeMadeFilledAndRead() {
    String key = create();
    given()
        .contentType("application/octet-stream")
        .body("first".getBytes(StandardCharsets.UTF_8))
        .post("/api/v1/cores/" + key + "/blocks")
        .then()
        .statusCode(200)
        .body("from", is(0), "length", is(1), "byteLength", is(5));
    given()
        .contentType("application/json")
        .body(Map.of("blocks", List.of(base64("second"), base64("third"))))
        .post("/api/v1/cores/" + key + "/blocks")
        .then()
        .statusCode(200)
        .body("from", is(1), "length", is(3));

    when()
        .get("/api/v1/cores/" + key)
        .then()
        .statusCode(200)
        .body("key", equalTo(key), "length", is(3), "byteLength", is(16), "storedBlocks", is(3))
        .body("writable", is(true), "follow.own", is(true), "follow.owner", equalTo("anonymous"));
    when()
        .get("/api/v1/cores/" + key + "/blocks?from=1&to=3")
        .then()
        .statusCode(200)
        .body("blocks", equalTo(List.of(base64("second"), base64("third"))))
        .body("next", nullValue());
    Response bytes =
        given()
            .accept("application/octet-stream")
            .get("/api/v1/cores/" + key + "/blocks?from=0&to=2");
    assertThat(bytes.asString()).isEqualTo("firstsecond");
    assertThat(bytes.header("Peerstead-Next-Block")).isEqualTo("2");
    when()
        .post("/api/v1/cores/" + key + "/verify")
        .then()
        .statusCode(200)
        .body("sound", is(true), "blocksChecked", is(3), "defects", hasSize(0));
  }

  @Test
  void name_shouldFindTheCoreAgain() {
    String name = UUID.randomUUID().toString();
    Map<String, String> wish = Map.of("name", name);
    String key =
        given().contentType("application/json").body(wish).post("/api/v1/cores").path("key");
    given()
        .contentType("application/json")
        .body(wish)
        .post("/api/v1/cores")
        .then()
        .statusCode(200)
        .body("key", equalTo(key));
    when()
        .get("/api/v1/cores?name=" + name)
        .then()
        .body("cores", hasSize(1), "cores[0].key", equalTo(key));
    when().get("/api/v1/cores?name=none").then().statusCode(200).body("cores", hasSize(0));
    when().get("/api/v1/cores").then().statusCode(200).body("cores.key", hasItem(key));
  }

  @Test
  void follow_shouldBeRememberedAndEnd() {
    String hex = "ab".repeat(32);
    given()
        .contentType("application/json")
        .body(Map.of("priority", 2, "maxBytes", 1000, "pinned", true))
        .put("/api/v1/cores/" + hex + "/follow")
        .then()
        .statusCode(200)
        .body("priority", is(2), "maxBytes", is(1000), "pinned", is(true), "own", is(false));
    when()
        .get("/api/v1/cores/" + hex)
        .then()
        .statusCode(200)
        .body("length", is(0), "writable", is(false), "hex", equalTo(hex));
    when().delete("/api/v1/cores/" + hex + "/pin").then().statusCode(204);
    when().get("/api/v1/cores/" + hex).then().body("follow.pinned", is(false));
    when().delete("/api/v1/cores/" + hex + "/follow").then().statusCode(204);
    when().get("/api/v1/cores/" + hex).then().statusCode(404).contentType(PROBLEM);
  }

  @Test
  void delete_shouldRemoveTheCore() {
    String key = create();
    when().delete("/api/v1/cores/" + key).then().statusCode(204);
    when().get("/api/v1/cores/" + key).then().statusCode(404).contentType(PROBLEM);
    when().delete("/api/v1/cores/" + key).then().statusCode(404).contentType(PROBLEM);
  }

  @Test
  void wrongRequests_shouldBeProblems() {
    when().get("/api/v1/cores/nonsense").then().statusCode(400).contentType(PROBLEM);
    when().get("/api/v1/cores?limit=0").then().statusCode(400).contentType(PROBLEM);
    when().get("/api/v1/cores/" + ABSENT).then().statusCode(404).contentType(PROBLEM);
    when().get("/api/v1/cores/" + ABSENT + "/blocks").then().statusCode(404).contentType(PROBLEM);
    when().post("/api/v1/cores/" + ABSENT + "/verify").then().statusCode(404).contentType(PROBLEM);
    when().put("/api/v1/cores/" + ABSENT + "/pin").then().statusCode(404).contentType(PROBLEM);
    when().delete("/api/v1/cores/" + ABSENT + "/follow").then().statusCode(404);
    given()
        .contentType("application/json")
        .body("{\"name\": \"\"}")
        .post("/api/v1/cores")
        .then()
        .statusCode(400)
        .contentType(PROBLEM);
    given()
        .contentType("application/json")
        .body("{\"source\": \"nowhere\"}")
        .put("/api/v1/cores/" + ABSENT + "/follow")
        .then()
        .statusCode(400)
        .contentType(PROBLEM);
    given()
        .contentType("application/json")
        .body("{\"blocks\": []}")
        .post("/api/v1/cores/" + create() + "/blocks")
        .then()
        .statusCode(400)
        .contentType(PROBLEM);
    given()
        .contentType("application/octet-stream")
        .body(new byte[1])
        .post("/api/v1/cores/" + ABSENT + "/blocks")
        .then()
        .statusCode(404)
        .contentType(PROBLEM);
  }

  @Test
  void operatorsView_shouldTellOfTheStoragePeer() {
    create();
    when()
        .get("/api/v1/storage-peer")
        .then()
        .statusCode(200)
        .body("deviceKey.length()", is(52), "address", containsString("127.0.0.1:"))
        .body("storedCores", greaterThan(0), "connections", is(0));
    when().get("/api/v1/storage-peer/peers").then().statusCode(200).body("peers", hasSize(0));
    when()
        .get("/q/health/ready")
        .then()
        .statusCode(200)
        .body("checks.name", hasItem("storage peer"))
        .body("checks.status", everyItem(equalTo("UP")));
    assertThat(when().get("/q/metrics").asString())
        .contains(
            "peerstead_core_stored",
            "peerstead_core_sync_seconds_bucket",
            "peerstead_replication_blocks_total",
            "peerstead_replication_missing_blocks");
    assertThat(when().get("/q/openapi").asString()).contains("/api/v1/cores/{key}/blocks");
  }
}

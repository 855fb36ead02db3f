package org.peerstead.node;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.events.DocumentId;

/** The REST API of the whole node. */
@QuarkusTest
class DocumentsApiTest {
  private static final String PROBLEM = "application/problem+json";

  @Test
  void json_shouldBecomeADocumentAndComeBack() {
    Response created =
        given()
            .contentType("application/json")
            .body("{\"title\": \"hello\", \"list\": [1, true, null]}")
            .post("/api/v1/documents");
    created.then().statusCode(201).body("url", startsWith("automerge:"), "heads", hasSize(1));
    String id = created.jsonPath().getString("id");
    assertThat(created.header("Location")).endsWith("/api/v1/documents/" + id);
    assertThat(DocumentId.parse(id)).isPresent();

    when()
        .get("/api/v1/documents/" + id)
        .then()
        .statusCode(200)
        .contentType("application/json")
        .body("title", equalTo("hello"), "list", equalTo(java.util.Arrays.asList(1, true, null)));
    when()
        .get("/api/v1/documents/automerge:" + id + "/summary")
        .then()
        .statusCode(200)
        .body("id", equalTo(id), "bytes", greaterThan(0), "changes", is(1));
    when()
        .get("/api/v1/documents/" + id + "/history")
        .then()
        .statusCode(200)
        .body("changes", hasSize(1), "total", is(1), "next", nullValue())
        .body("changes[0].hash", equalTo(created.jsonPath().getString("heads[0]")))
        .body("changes[0].operations", greaterThan(0));
  }

  @Test
  void file_shouldBeImportedMergedAndExported() throws Exception {
    Document document = Document.create(ActorId.of(new byte[] {9}));
    put(document, "title", "first");
    String firstHead = document.heads().getFirst().toString();
    String id =
        given()
            .contentType("application/octet-stream")
            .body(document.save())
            .post("/api/v1/documents")
            .then()
            .statusCode(201)
            .body("heads", equalTo(List.of(firstHead)))
            .extract()
            .path("id");
    put(document, "title", "second");
    given()
        .contentType("application/vnd.automerge")
        .body(document.save())
        .put("/api/v1/documents/" + id)
        .then()
        .statusCode(200)
        .body("heads[0]", equalTo(document.heads().getFirst().toString()));

    byte[] file =
        given()
            .accept("application/octet-stream")
            .get("/api/v1/documents/" + id)
            .then()
            .statusCode(200)
            .extract()
            .asByteArray();
    assertThat(Document.load(file, ActorId.of(new byte[] {8})).heads()).isEqualTo(document.heads());
    byte[] past =
        when()
            .get("/api/v1/documents/" + id + ".automerge?heads=" + firstHead)
            .then()
            .statusCode(200)
            .extract()
            .asByteArray();
    assertThat(Document.load(past, ActorId.of(new byte[] {8})).heads())
        .extracting(Object::toString)
        .containsExactly(firstHead);
    when()
        .get("/api/v1/documents/" + id + "?heads=" + firstHead)
        .then()
        .body("title", equalTo("first"));
    when()
        .get("/api/v1/documents/" + id + "?heads=" + "0".repeat(64))
        .then()
        .statusCode(404)
        .contentType(PROBLEM);
  }

  @Test
  void delete_shouldLeaveATombstoneThatAnImportLifts() throws Exception {
    UUID uuid = UUID.randomUUID();
    given()
        .contentType("application/json")
        .body("{\"a\": 1}")
        .put("/api/v1/documents/" + uuid)
        .then()
        .statusCode(200)
        .body("url", startsWith("automerge:"));
    given()
        .contentType("application/json")
        .body("{\"a\": 2}")
        .put("/api/v1/documents/" + uuid)
        .then()
        .statusCode(409)
        .contentType(PROBLEM);
    when().delete("/api/v1/documents/" + uuid).then().statusCode(204);
    when().get("/api/v1/documents/" + uuid).then().statusCode(410).contentType(PROBLEM);
    Document document = Document.create(ActorId.of(new byte[] {7}));
    put(document, "a", "3");
    given()
        .contentType("application/octet-stream")
        .body(document.save())
        .put("/api/v1/documents/" + uuid)
        .then()
        .statusCode(200);
    when().get("/api/v1/documents/" + uuid).then().statusCode(200).body("a", equalTo("3"));
  }

  @Test
  void list_shouldPage() {
    for (int i = 0; i < 3; i++) {
      given().contentType("application/json").body("{}").post("/api/v1/documents");
    }
    Response first = when().get("/api/v1/documents?limit=2");
    first.then().statusCode(200).body("documents", hasSize(2)).body("next", notNullValue());
    String next = first.path("next");
    List<String> ids = first.path("documents.id");
    when()
        .get("/api/v1/documents?limit=2&after=" + next)
        .then()
        .statusCode(200)
        .body("documents.id", everyItem(not(org.hamcrest.Matchers.in(ids))));
  }

  @Test
  void errors_shouldBeProblemDocuments() {
    when().get("/api/v1/documents?limit=0").then().statusCode(400).contentType(PROBLEM);
    when().get("/api/v1/documents/nonsense").then().statusCode(400).contentType(PROBLEM);
    when()
        .get("/api/v1/documents/" + DocumentId.random())
        .then()
        .statusCode(404)
        .contentType(PROBLEM)
        .body("status", is(404), "detail", containsString("no document"));
    when().delete("/api/v1/documents/" + DocumentId.random()).then().statusCode(404);
    when().get("/api/v1/unknown").then().statusCode(404).contentType(PROBLEM);
    given()
        .contentType("application/octet-stream")
        .body(new byte[] {1, 2, 3})
        .post("/api/v1/documents")
        .then()
        .statusCode(400)
        .contentType(PROBLEM);
    given()
        .contentType("application/json")
        .body("[1]")
        .post("/api/v1/documents")
        .then()
        .statusCode(400)
        .contentType(PROBLEM);
    given().contentType("text/plain").body("x").post("/api/v1/documents").then().statusCode(415);
  }

  @Test
  void strangersPages_shouldBeKeptOut() {
    given().header("Host", "evil.example").get("/api/v1/status").then().statusCode(403);
    given()
        .header("Origin", "http://evil.example")
        .get("/api/v1/documents")
        .then()
        .statusCode(403)
        .contentType(PROBLEM)
        .body("reason", equalTo("origin_not_allowed"));
  }

  @Test
  void operators_shouldSeeStatusHealthMetricsAndDescription() {
    when()
        .get("/api/v1/status")
        .then()
        .statusCode(200)
        .body("access", equalTo("open"), "store.storageId", notNullValue());
    when().get("/q/health/ready").then().statusCode(200);
    when()
        .get("/q/metrics")
        .then()
        .statusCode(200)
        .body(containsString("peerstead_gateway_connections"));
    when()
        .get("/q/openapi?format=json")
        .then()
        .statusCode(200)
        .body("paths", org.hamcrest.Matchers.hasKey("/api/v1/documents/{id}/history"))
        .body("components.schemas", not(org.hamcrest.Matchers.hasKey("RoutingContext")));
  }

  private static void put(Document document, String key, String value) {
    Transaction edit = document.begin();
    edit.put(ObjectId.ROOT, key, new ScalarValue.Str(value));
    edit.commit();
  }
}

package org.peerstead.crdt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.DocumentView;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;

/**
 * Cursors of {@code @automerge/automerge} 3.5.0: text forms, and where they are before and after
 * edits.
 */
class CursorVectorTest {
  private static final ActorId ACTOR = ActorId.fromHex("ee".repeat(16));

  private static JsonNode vector() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            CursorVectorTest.class.getResourceAsStream("/automerge/extra.json"))) {
      for (JsonNode entry : new ObjectMapper().readTree(in)) {
        if (entry.path("name").asText().equals("cursors")) {
          return entry;
        }
      }
    }
    throw new IllegalStateException("no vector cursors");
  }

  private static ObjectId text(DocumentView view) {
    String key = view.keys(ObjectId.ROOT).getFirst();
    return ((ObjectValue) view.get(ObjectId.ROOT, key).orElseThrow()).id();
  }

  @Test
  void cursors_shouldBeThoseOfTheReference() throws IOException, AutomergeFormatException {
    JsonNode vector = vector();
    Document document = Document.create(ACTOR);
    document.loadIncremental(HexFormat.of().parseHex(vector.path("changes").get(0).asText()));
    DocumentView now = document.now();
    ObjectId text = text(now);
    for (JsonNode expected : vector.path("cursors")) {
      if (expected.path("at").isInt()) {
        int at = expected.path("at").asInt();
        assertThat(now.cursor(text, at, Cursor.Move.AFTER))
            .hasToString(expected.path("after").asText());
        assertThat(now.cursor(text, at, Cursor.Move.BEFORE))
            .hasToString(expected.path("before").asText());
        assertThat(now.position(text, Cursor.parse(expected.path("after").asText()))).isEqualTo(at);
      }
    }
    var heads = document.heads();
    document.loadIncremental(HexFormat.of().parseHex(vector.path("changes").get(1).asText()));
    for (JsonNode expected : vector.path("cursors")) {
      Cursor after = Cursor.parse(expected.path("after").asText());
      Cursor before = Cursor.parse(expected.path("before").asText());
      assertThat(now.position(text, after))
          .as("%s", after)
          .isEqualTo(expected.path("afterNow").asLong());
      assertThat(now.position(text, before))
          .as("%s", before)
          .isEqualTo(expected.path("beforeNow").asLong());
      if (expected.path("at").isInt()) {
        assertThat(document.at(heads).position(text, after))
            .isEqualTo(expected.path("at").asLong());
      }
    }
  }

  @Test
  void cursor_shouldStayWithAReplacedElementAndKnowTheEnd() {
    Document document = Document.create(ACTOR);
    ObjectId[] list = new ObjectId[1];
    document.change(edit -> {
      list[0] = edit.putObject(ObjectId.ROOT, "list", ObjectType.LIST);
      for (int i = 0; i < 3; i++) {
        edit.insert(list[0], i, new ScalarValue.Int(i));
      }
    });
    Cursor before = document.now().cursor(list[0], 1, Cursor.Move.BEFORE);
    Cursor after = document.now().cursor(list[0], 1, Cursor.Move.AFTER);
    Cursor end = document.now().cursor(list[0], 3, Cursor.Move.AFTER);
    document.change(edit -> edit.put(list[0], 1, new ScalarValue.Int(10)));
    document.change(edit -> edit.insert(list[0], 0, new ScalarValue.Int(-1)));
    assertThat(document.now().position(list[0], before)).isEqualTo(2);
    assertThat(document.now().position(list[0], after)).isEqualTo(2);
    assertThat(document.now().position(list[0], end)).isEqualTo(4);
    Cursor replaced = document.now().cursor(list[0], 2, Cursor.Move.AFTER);
    assertThat(document.now().position(list[0], Cursor.parse(replaced.toString()))).isEqualTo(2);
    document.change(edit -> {
      for (int i = 0; i < 4; i++) {
        edit.delete(list[0], 0);
      }
    });
    assertThat(document.now().position(list[0], before)).isZero();
    assertThat(document.now().position(list[0], after)).isZero();
    assertThat(document.now().position(list[0], end)).isZero();
  }

  @Test
  void parseAndPosition_shouldRefuseWhatNamesNoElement() {
    assertThatIllegalArgumentException().isThrownBy(() -> Cursor.parse("x"));
    assertThatIllegalArgumentException().isThrownBy(() -> Cursor.parse("-"));
    assertThatIllegalArgumentException().isThrownBy(() -> Cursor.parse("--1@aa"));
    assertThat(Cursor.parse("s")).isEqualTo(new Cursor.Start()).hasToString("s");
    assertThat(Cursor.parse("e")).isEqualTo(new Cursor.End()).hasToString("e");
    assertThat(Cursor.parse("-7@ab")).hasToString("-7@ab");
    Document document = Document.create(ACTOR);
    ObjectId[] list = new ObjectId[1];
    try (Transaction edit = document.begin()) {
      list[0] = edit.putObject(ObjectId.ROOT, "list", ObjectType.LIST);
      edit.commit();
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> document.now().position(list[0], Cursor.parse("1@" + ACTOR)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> document.now().position(list[0], Cursor.parse("9@abcd")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> document.now().cursor(list[0], 1, Cursor.Move.AFTER));
    assertThat(document.now().cursor(list[0], 0, Cursor.Move.AFTER)).isEqualTo(new Cursor.End());
  }
}

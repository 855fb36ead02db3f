package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.wire.ByteReader;
import org.peerstead.crdt.wire.Chunk;
import org.peerstead.crdt.wire.ColumnTable;

/**
 * Scripts replayed against bytes made by npm {@code @automerge/automerge} 3.5.0: every change,
 * hash, view and save must be equal.
 */
class DocumentVectorTest {
  private static final ActorId READER = ActorId.fromHex("dd".repeat(16));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty",
        "scalars",
        "map-basic",
        "key-order",
        "nested",
        "list-basic",
        "text-basic",
        "text-emoji",
        "counters",
        "map-conflicts",
        "list-conflicts",
        "list-interleave",
        "marks",
        "blocks",
        "dag",
        "own-previous-dep",
        "change-at",
        "big-change",
        "fuzz-1",
        "fuzz-2",
        "fuzz-3"
      })
  void replay_shouldProduceTheReferencesBytes(String name) throws AutomergeFormatException {
    JsonNode vector = VectorScript.read(name);
    VectorScript script = new VectorScript();
    script.run(
        vector.get("steps"),
        (step, change) ->
            assertThat(change.map(HexFormat.of()::formatHex))
                .as("change of %s", step)
                .isEqualTo(
                    Optional.ofNullable(step.get("change"))
                        .or(() -> recorded(vector, change))
                        .map(JsonNode::asText)));
    for (Map.Entry<String, JsonNode> expected : vector.get("docs").properties()) {
      check(
          script.document(expected.getKey()), expected.getValue(), name + "/" + expected.getKey());
      loadAndCheck(expected.getValue(), name + "/" + expected.getKey());
    }
    for (Map.Entry<String, byte[]> snapshot : script.snapshots().entrySet()) {
      assertThat(HexFormat.of().formatHex(snapshot.getValue()))
          .isEqualTo(vector.get("snapshots").get(snapshot.getKey()).get("saveNoCompress").asText());
    }
  }

  /** Empty changes are recorded among a document's changes, not with their step. */
  private static Optional<JsonNode> recorded(JsonNode vector, Optional<byte[]> change) {
    if (change.isPresent()) {
      String hex = HexFormat.of().formatHex(change.get());
      for (JsonNode document : vector.get("docs")) {
        for (JsonNode candidate : document.get("changes")) {
          if (candidate.asText().equals(hex)) {
            return Optional.of(candidate);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static void check(Document document, JsonNode expected, String name) {
    assertThat(document.heads().stream().map(ChangeHash::toString))
        .as(name)
        .containsExactlyElementsOf(texts(expected, "heads"));
    assertThat(document.changesSince(List.of()).stream().map(HexFormat.of()::formatHex))
        .as(name)
        .containsExactlyElementsOf(texts(expected, "changes"));
    JsonNode view = VectorScript.view(document.now());
    assertThat(VectorScript.same(view, expected.get("view")))
        .as("%s: view %s, expected %s", name, view, expected.get("view"))
        .isTrue();
    assertThat(HexFormat.of().formatHex(document.saveUncompressed()))
        .as(name)
        .isEqualTo(expected.get("saveNoCompress").asText());
  }

  /**
   * DEFLATE streams differ between zlib builds; which columns are deflated, and what they hold,
   * does not.
   */
  private static List<String> inflated(byte[] save) throws AutomergeFormatException {
    Chunk chunk = Chunk.read(new ByteReader(save));
    ByteReader in = new ByteReader(save, chunk.bodyStart(), chunk.bodyEnd());
    int actors = (int) in.readUleb();
    for (int i = 0; i < actors; i++) {
      in.skip(in.readUleb(), "an actor");
    }
    in.skip(in.readUleb() * ChangeHash.SIZE, "heads");
    List<String> columns = new ArrayList<>();
    columns.add(HexFormat.of().formatHex(save, chunk.bodyStart(), in.position()));
    ColumnTable changes = new ColumnTable();
    ColumnTable ops = new ColumnTable();
    changes.readMetadata(in, true);
    ops.readMetadata(in, true);
    for (ColumnTable table : List.of(changes, ops)) {
      List<Integer> specs = new ArrayList<>();
      for (int i = 0; i < table.count(); i++) {
        specs.add(table.spec(i));
      }
      table.locate(in, 1 << 24);
      for (int i = 0; i < table.count(); i++) {
        int end = table.start(i) + table.length(i);
        columns.add(
            specs.get(i) + ":" + HexFormat.of().formatHex(table.array(i), table.start(i), end));
      }
    }
    columns.add(HexFormat.of().formatHex(save, in.position(), chunk.bodyEnd()));
    return columns;
  }

  private static void loadAndCheck(JsonNode expected, String name) throws AutomergeFormatException {
    Document compressed = Document.load(VectorScript.hex(expected.get("save")), READER);
    check(compressed, expected, name + " loaded");
    assertThat(inflated(compressed.save()))
        .isEqualTo(inflated(VectorScript.hex(expected.get("save"))));
    check(
        Document.load(VectorScript.hex(expected.get("saveNoCompress")), READER),
        expected,
        name + " loaded uncompressed");
    check(Document.load(compressed.save(), READER), expected, name + " saved and loaded");
    Document applied = Document.create(READER);
    for (JsonNode change : expected.get("changes")) {
      applied.applyChanges(List.of(VectorScript.hex(change)));
    }
    check(applied, expected, name + " applied one by one");
    Document atOnce = Document.create(READER);
    List<byte[]> changes = new ArrayList<>();
    expected.get("changes").forEach(change -> changes.add(VectorScript.hex(change)));
    atOnce.applyChanges(changes);
    assertThat(atOnce.heads()).isEqualTo(applied.heads());
    assertThat(VectorScript.same(VectorScript.view(atOnce.now()), expected.get("view"))).isTrue();
  }

  private static List<String> texts(JsonNode node, String field) {
    List<String> out = new ArrayList<>();
    node.get(field).forEach(item -> out.add(item.asText()));
    return out;
  }
}

package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ObjectId;

/**
 * Hand-built chunks, concatenations, compressed changes and bundles, with what npm
 * {@code @automerge/automerge} 3.5.0 makes of them.
 */
class ExtraVectorTest {
  private static final ActorId READER = ActorId.fromHex("dd".repeat(16));

  static Stream<String> loadable() {
    return StreamSupport.stream(VectorScript.read("extra").spliterator(), false)
        .filter(entry -> entry.path("bytes").isTextual() && entry.path("load").has("ok"))
        .map(entry -> entry.get("name").asText());
  }

  private static JsonNode entry(String name) {
    for (JsonNode entry : VectorScript.read("extra")) {
      if (entry.get("name").asText().equals(name)) {
        return entry;
      }
    }
    throw new IllegalArgumentException("no entry " + name);
  }

  @ParameterizedTest
  @MethodSource("loadable")
  void load_shouldAgreeWithTheReference(String name) throws AutomergeFormatException {
    JsonNode entry = entry(name);
    byte[] bytes = VectorScript.hex(entry.get("bytes"));
    JsonNode expected = entry.get("load");
    // The reference mis-orders columns with ids above 15 and refuses them; they are legal and are
    // read here.
    boolean isReadHereOnly =
        name.equals("unknown-column-id16") || name.equals("unknown-column-id20");
    if (!expected.get("ok").asBoolean() && !isReadHereOnly) {
      assertThat(
              catchThrowableOfType(
                  AutomergeFormatException.class, () -> Document.load(bytes, READER)))
          .as(name)
          .isNotNull();
      return;
    }
    Document document = Document.load(bytes, READER);
    if (!isReadHereOnly) {
      assertThat(hashes(document.heads())).as(name).isEqualTo(texts(expected.get("heads")));
      JsonNode view = VectorScript.view(document.now());
      if (expected.has("view")) {
        assertThat(VectorScript.same(view, expected.get("view")))
            .as("%s: view %s, expected %s", name, view, expected.get("view"))
            .isTrue();
      }
    }
    Document again = Document.load(document.save(), READER);
    assertThat(again.heads()).isEqualTo(document.heads());
    assertThat(again.queuedCount()).isEqualTo(document.queuedCount());
    assertThat(again.changesSince(List.of()).stream().map(HexFormat.of()::formatHex))
        .containsExactlyElementsOf(
            document.changesSince(List.of()).stream().map(HexFormat.of()::formatHex).toList());
  }

  @ParameterizedTest
  @MethodSource("unknownColumns")
  void save_shouldKeepChangesWithUnknownColumns(String name) throws AutomergeFormatException {
    byte[] change = VectorScript.hex(entry(name).get("bytes"));
    Document document = Document.load(change, READER);
    document.change(
        tx -> tx.put(ObjectId.ROOT, "later", new org.peerstead.crdt.model.ScalarValue.Int(1)));
    Document again = Document.load(document.save(), READER);
    assertThat(again.heads()).isEqualTo(document.heads());
    assertThat(again.changesSince(List.of()).getFirst()).isEqualTo(change);
    assertThat(again.now().toJson()).isEqualTo("{\"a\":1,\"later\":1}");
  }

  static Stream<String> unknownColumns() {
    return loadable().filter(name -> name.startsWith("unknown-column"));
  }

  @ParameterizedTest
  @MethodSource("documentsWithUnknownColumns")
  void save_shouldKeepUnknownColumnsOfADocument(String name) throws AutomergeFormatException {
    byte[] bytes = null;
    for (JsonNode candidate : VectorScript.read("malformed")) {
      if (candidate.get("name").asText().equals(name)) {
        bytes = VectorScript.hex(candidate.get("bytes"));
      }
    }
    assertThat(bytes).isNotNull();
    Document document = Document.load(bytes, READER);
    assertThat(document.saveUncompressed()).isEqualTo(bytes);
  }

  static Stream<String> documentsWithUnknownColumns() {
    return Stream.of("doc-unknown-op-column", "doc-unknown-change-column");
  }

  @Test
  void load_shouldAcceptCompressedChanges() throws AutomergeFormatException {
    JsonNode entry = entry("compressed-changes");
    Document document = Document.load(VectorScript.hex(entry.get("bytes")), READER);
    assertThat(hashes(document.heads())).isEqualTo(texts(entry.get("load").get("expectedHeads")));
    assertThat(document.changesSince(List.of()))
        .allSatisfy(change -> assertThat(change[8]).isEqualTo((byte) 1));
  }

  @Test
  void loadIncremental_shouldApplyABundleBehindWhatItBuildsOn() throws AutomergeFormatException {
    JsonNode all = entry("bundle-all");
    Document whole = Document.load(VectorScript.hex(all.get("bytes")), READER);
    JsonNode partial = entry("bundle-partial");
    List<String> inBundle = texts(partial.get("afterBase").get("expected"));
    assertThat(hashes(whole.heads())).isEqualTo(inBundle);
    Document waiting = Document.create(READER);
    waiting.loadIncremental(VectorScript.hex(partial.get("bytes")));
    assertThat(waiting.queuedCount()).isPositive();
    waiting.applyChanges(whole.changesSince(List.of()));
    assertThat(hashes(waiting.heads())).isEqualTo(texts(partial.get("afterBase").get("heads")));
    assertThat(waiting.queuedCount()).isZero();
  }

  @Test
  void applyChanges_shouldSaveInTheOrderOfArrival() throws AutomergeFormatException {
    JsonNode entry = entry("arrival-order");
    List<byte[]> changes = new ArrayList<>();
    entry.get("changes").forEach(change -> changes.add(VectorScript.hex(change)));
    Document document = Document.create(READER);
    document.applyChanges(changes);
    String inOrder = HexFormat.of().formatHex(document.saveUncompressed());
    assertThat(List.of(entry.get("saveA").asText(), entry.get("saveB").asText()))
        .anySatisfy(save -> assertThat(reload(save)).isEqualTo(save));
    assertThat(inOrder).isNotEmpty();
    assertThat(reload(entry.get("saveB").asText())).isEqualTo(entry.get("saveB").asText());
  }

  private static String reload(String save) throws AutomergeFormatException {
    return HexFormat.of()
        .formatHex(Document.load(HexFormat.of().parseHex(save), READER).saveUncompressed());
  }

  private static List<String> hashes(List<ChangeHash> heads) {
    return heads.stream().map(ChangeHash::toString).toList();
  }

  private static List<String> texts(JsonNode array) {
    String[] out = new String[array.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = array.get(i).asText();
    }
    return Arrays.asList(out);
  }
}

package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;

/**
 * 157 hostile or odd inputs with the answers of {@code @automerge/automerge} 3.5.0, from {@code
 * automerge/malformed.json}.
 *
 * <p>What the reference refuses is refused. What it accepts and can save and load again is accepted
 * with the same heads. What it accepts although a later save of it does not load any more is
 * refused, and so are a wrong checksum and the two inputs of {@link #REFUSED_HERE}. The expected
 * reason of every refusal is in {@code automerge/malformed-reasons.txt}: name, reason when loaded,
 * reason when applied as a change ({@code -} = accepted).
 */
class MalformedInputVectorTest {
  /**
   * One names a dependency twice, which no writer does; the other gives two operations one id,
   * after which the reference cannot read its own save.
   */
  private static final Set<String> REFUSED_HERE =
      Set.of("deps-duplicate-unknown", "startop-reused");

  private static final ActorId READER = ActorId.fromHex("ee".repeat(16));

  private static JsonNode vectors() throws IOException {
    try (InputStream in = open("/automerge/malformed.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static InputStream open(String resource) {
    return Objects.requireNonNull(
        MalformedInputVectorTest.class.getResourceAsStream(resource), resource);
  }

  private static Map<String, String[]> reasons() throws IOException {
    Map<String, String[]> reasons = new HashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                open("/automerge/malformed-reasons.txt"), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] fields = line.split(" ");
        reasons.put(fields[0], new String[] {fields[1], fields[2]});
      }
    }
    return reasons;
  }

  static Stream<Arguments> inputs() throws IOException {
    Map<String, String[]> reasons = reasons();
    List<Arguments> inputs = new ArrayList<>();
    for (JsonNode vector : vectors()) {
      String name = vector.path("name").asText();
      inputs.add(Arguments.of(name, vector, Objects.requireNonNull(reasons.get(name), name)));
    }
    return inputs.stream();
  }

  @Test
  void inputs_shouldBeAllOfThem() throws IOException {
    assertThat(inputs()).hasSize(157);
  }

  /** Whether the reference takes the input and can still read what it saves afterwards. */
  private static boolean isHarmless(JsonNode vector, String how) {
    if (REFUSED_HERE.contains(vector.path("name").asText())) {
      return false;
    }
    boolean isAccepted = vector.path(how).path("ok").asBoolean();
    boolean isApplied = vector.path("applyChanges").path("ok").asBoolean();
    boolean survives = vector.path("saveRoundTrip").path("ok").asBoolean();
    return isAccepted && (!isApplied || survives);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("inputs")
  void load_shouldAcceptWhatIsHarmlessAndRefuseTheRest(
      String name, JsonNode vector, String[] reasons) {
    byte[] bytes = HexFormat.of().parseHex(vector.path("bytes").asText());
    String outcome;
    try {
      Document document = Document.load(bytes, READER);
      assertThat(document.heads()).isEqualTo(heads(vector.path("load")));
      assertSurvivesSaving(document);
      outcome = "-";
    } catch (AutomergeFormatException e) {
      outcome = e.reason().name();
    }
    assertThat(outcome).isEqualTo(reasons[0]);
    assertThat(outcome.equals("-"))
        .as("accepted as by the reference")
        .isEqualTo(isHarmless(vector, "load"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("inputs")
  void applyChanges_shouldAcceptWhatIsHarmlessAndRefuseTheRest(
      String name, JsonNode vector, String[] reasons) {
    byte[] bytes = HexFormat.of().parseHex(vector.path("bytes").asText());
    Document document = Document.create(READER);
    String outcome;
    try {
      document.applyChanges(List.of(bytes));
      assertThat(document.heads()).isEqualTo(heads(vector.path("applyChanges")));
      assertSurvivesSaving(document);
      outcome = "-";
    } catch (AutomergeFormatException e) {
      outcome = e.reason().name();
      assertThat(document.changeCount()).as("changes left behind by a refused one").isZero();
    }
    assertThat(outcome).isEqualTo(reasons[1]);
    assertThat(outcome.equals("-"))
        .as("accepted as by the reference")
        .isEqualTo(isHarmless(vector, "applyChanges") && !name.contains("checksum"));
  }

  private static List<ChangeHash> heads(JsonNode answer) {
    List<ChangeHash> heads = new ArrayList<>();
    answer.path("heads").forEach(head -> heads.add(ChangeHash.fromHex(head.asText())));
    return heads;
  }

  private static void assertSurvivesSaving(Document document) throws AutomergeFormatException {
    Document again = Document.load(document.save(), READER);
    assertThat(again.heads()).isEqualTo(document.heads());
    assertThat(again.queuedCount()).isEqualTo(document.queuedCount());
    assertThat(again.now().toJson()).isEqualTo(document.now().toJson());
    assertThat(again.saveUncompressed()).isEqualTo(document.saveUncompressed());
  }
}

package org.peerstead.crdt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.Bytes;
import org.peerstead.simulation.SeededCases;

/**
 * Damaged files and changes, most of them with a correct checksum so that the damage reaches the
 * decoders behind it. Every input is either refused with a typed error or becomes a document that
 * survives saving; none may take unbounded memory or time.
 */
class DocumentFuzzTest {
  private static final ActorId READER = ActorId.fromHex("ee".repeat(16));
  private static final int CHUNK_HEADER = 9;

  /**
   * What an input may allocate: the inputs are some kilobytes, so this is a factor of thousands.
   */
  private static final long MAX_ALLOCATED_BYTES = 96L << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final List<byte[]> SEEDS = new ArrayList<>();

  @BeforeAll
  static void collectSeeds() throws IOException {
    for (String name :
        List.of(
            "malformed",
            "extra",
            "marks",
            "blocks",
            "map-conflicts",
            "list-conflicts",
            "counters",
            "nested",
            "fuzz-1",
            "fuzz-3")) {
      try (InputStream in =
          Objects.requireNonNull(
              DocumentFuzzTest.class.getResourceAsStream("/automerge/" + name + ".json"))) {
        collect(new ObjectMapper().readTree(in));
      }
    }
    assertThat(SEEDS).hasSizeGreaterThan(200);
  }

  /** Every text of hexadecimal digits that begins with the magic bytes is a seed. */
  private static void collect(JsonNode node) {
    if (node.isTextual() && node.asText().startsWith("856f4a83")) {
      byte[] seed = HexFormat.of().parseHex(node.asText());
      if (SEEDS.stream().noneMatch(known -> Arrays.equals(known, seed))) {
        SEEDS.add(seed);
      }
    }
    node.forEach(DocumentFuzzTest::collect);
  }

  @Test
  @Timeout(240)
  void load_shouldRefuseOrGiveADocumentThatSurvivesSaving() {
    SeededCases.of("document loader", 7, 30_000)
        .run(random -> {
          byte[] input = damaged(random);
          bounded(input, () -> survive(Document.load(input, READER)));
        });
  }

  @Test
  @Timeout(240)
  void applyChanges_shouldRefuseWithoutATraceOrApply() {
    SeededCases.of("change decoder", 8, 30_000)
        .run(random -> {
          byte[] first = SEEDS.get(random.nextInt(SEEDS.size()));
          byte[] input = damaged(random);
          Document document = Document.create(READER);
          bounded(
              input,
              () -> {
                try {
                  document.loadIncremental(first);
                } catch (AutomergeFormatException e) {
                  assertThat(e.reason()).isNotNull();
                }
                byte[] before = document.saveUncompressed();
                try {
                  document.applyChanges(List.of(input));
                } catch (AutomergeFormatException e) {
                  assertThat(Bytes.of(document.saveUncompressed())).isEqualTo(Bytes.of(before));
                  throw e;
                }
                survive(document);
              });
        });
  }

  private interface Attempt {
    void run() throws AutomergeFormatException;
  }

  private static void bounded(byte[] input, Attempt attempt) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      attempt.run();
    } catch (AutomergeFormatException e) {
      assertThat(e.reason()).isNotNull();
    } catch (RuntimeException | Error e) {
      throw new AssertionError("input " + HexFormat.of().formatHex(input), e);
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated)
        .as("bytes allocated for %d: %s", input.length, HexFormat.of().formatHex(input))
        .isLessThan(MAX_ALLOCATED_BYTES);
  }

  private static void survive(Document document) {
    try {
      Document again = Document.load(document.save(), READER);
      assertThat(again.heads()).isEqualTo(document.heads());
      assertThat(again.now().toJson()).isEqualTo(document.now().toJson());
    } catch (AutomergeFormatException e) {
      throw new AssertionError("accepted, but its save is refused", e);
    }
  }

  private static byte[] damaged(RandomGenerator random) {
    byte[] bytes = SEEDS.get(random.nextInt(SEEDS.size())).clone();
    for (int n = random.nextInt(1, 4); n > 0; n--) {
      bytes = mutate(bytes, random);
    }
    return random.nextInt(8) == 0 ? bytes : repaired(bytes);
  }

  private static byte[] mutate(byte[] bytes, RandomGenerator random) {
    if (bytes.length <= CHUNK_HEADER) {
      return bytes;
    }
    int at = random.nextInt(random.nextInt(10) == 0 ? 0 : CHUNK_HEADER, bytes.length);
    byte[] changed = bytes.clone();
    switch (random.nextInt(8)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = (byte) random.nextInt(256);
      case 2 -> changed[at]++;
      case 3 -> changed[at]--;
      case 4 -> changed[at] = (byte) (random.nextBoolean() ? 0xFF : 0x7F);
      case 5 -> {
        int length = Math.min(random.nextInt(1, 8), bytes.length - at);
        changed = new byte[bytes.length - length];
        System.arraycopy(bytes, 0, changed, 0, at);
        System.arraycopy(bytes, at + length, changed, at, changed.length - at);
      }
      case 6 -> {
        int length = random.nextInt(1, 11);
        changed = new byte[bytes.length + length];
        System.arraycopy(bytes, 0, changed, 0, at);
        for (int i = 0; i < length; i++) {
          changed[at + i] = (byte) (random.nextBoolean() ? 0xFF : random.nextInt(256));
        }
        System.arraycopy(bytes, at, changed, at + length, bytes.length - at);
      }
      default -> {
        int from = random.nextInt(CHUNK_HEADER, bytes.length);
        int length = Math.min(random.nextInt(1, 8), bytes.length - Math.max(at, from));
        System.arraycopy(bytes, from, changed, at, length);
      }
    }
    return changed;
  }

  /**
   * The input as a single chunk with the length and checksum its body now has; unchanged when it is
   * too short to be one.
   */
  private static byte[] repaired(byte[] bytes) {
    int body = CHUNK_HEADER;
    while (body < bytes.length && bytes[body] < 0) {
      body++;
    }
    body++;
    if (body > bytes.length) {
      return bytes;
    }
    byte[] length = uLeb(bytes.length - body);
    byte[] repaired = new byte[CHUNK_HEADER + length.length + bytes.length - body];
    System.arraycopy(bytes, 0, repaired, 0, CHUNK_HEADER);
    System.arraycopy(length, 0, repaired, CHUNK_HEADER, length.length);
    System.arraycopy(bytes, body, repaired, CHUNK_HEADER + length.length, bytes.length - body);
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(repaired, 8, repaired.length - 8);
      System.arraycopy(sha.digest(), 0, repaired, 4, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    return repaired;
  }

  private static byte[] uLeb(int value) {
    byte[] out = new byte[5];
    int size = 0;
    int rest = value;
    while (rest > 0x7F) {
      out[size++] = (byte) (0x80 | (rest & 0x7F));
      rest >>>= 7;
    }
    out[size++] = (byte) rest;
    return Arrays.copyOf(out, size);
  }
}

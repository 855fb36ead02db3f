package org.peerstead.benchmarks.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Reads traces as published ({@code NAME.json.gz}) and writes and reads the compact form that the
 * measured processes use, so that parsing JSON is no part of any measurement.
 *
 * <p>Compact form, all numbers 32-bit little endian, all texts a length in bytes and UTF-8:
 *
 * <pre>
 * magic "PTRC" | agents | end content | number of transactions | transactions
 * transaction: agent | number of parents | parents | number of patches | patches
 * patch:       position | deleted | inserted text
 * </pre>
 */
final class TraceFile {
  private static final int MAGIC = 0x43525450;

  private TraceFile() {}

  /** Reads a published trace. */
  static Trace readJson(Path file) throws IOException {
    JsonNode root;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      root = new ObjectMapper().readTree(in);
    }
    if (!root.path("startContent").asText("").isEmpty()) {
      throw new IOException(file + " starts with content, which no scenario supports");
    }
    List<Trace.Transaction> transactions = new ArrayList<>(root.path("txns").size());
    for (JsonNode transaction : root.path("txns")) {
      List<Integer> parents = new ArrayList<>();
      transaction.path("parents").forEach(parent -> parents.add(parent.asInt()));
      List<Trace.Patch> patches = new ArrayList<>();
      transaction
          .path("patches")
          .forEach(patch ->
              patches.add(
                  new Trace.Patch(
                      patch.get(0).asInt(), patch.get(1).asInt(), patch.get(2).asText())));
      transactions.add(new Trace.Transaction(transaction.path("agent").asInt(), parents, patches));
    }
    return new Trace(
        root.path("numAgents").asInt(1), root.path("endContent").asText(), transactions);
  }

  /** Writes the compact form. */
  static void write(Trace trace, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        DataOutputStream data = new DataOutputStream(new java.io.BufferedOutputStream(out))) {
      number(data, MAGIC);
      number(data, trace.agents());
      text(data, trace.endContent());
      number(data, trace.transactions().size());
      for (Trace.Transaction transaction : trace.transactions()) {
        number(data, transaction.agent());
        number(data, transaction.parents().size());
        for (int parent : transaction.parents()) {
          number(data, parent);
        }
        number(data, transaction.patches().size());
        for (Trace.Patch patch : transaction.patches()) {
          number(data, patch.position());
          number(data, patch.deleted());
          text(data, patch.inserted());
        }
      }
    }
  }

  /** Reads the compact form. */
  static Trace read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != MAGIC) {
      throw new IOException(file + " is not a trace");
    }
    int agents = in.getInt();
    String endContent = text(in);
    int count = in.getInt();
    List<Trace.Transaction> transactions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int agent = in.getInt();
      int parentCount = in.getInt();
      List<Integer> parents = new ArrayList<>(parentCount);
      for (int p = 0; p < parentCount; p++) {
        parents.add(in.getInt());
      }
      int patchCount = in.getInt();
      List<Trace.Patch> patches = new ArrayList<>(patchCount);
      for (int p = 0; p < patchCount; p++) {
        patches.add(new Trace.Patch(in.getInt(), in.getInt(), text(in)));
      }
      transactions.add(new Trace.Transaction(agent, parents, patches));
    }
    return new Trace(agents, endContent, transactions);
  }

  /** Reads a list of byte strings: their number, then length and bytes of each. */
  static List<byte[]> readList(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int count = in.getInt();
    List<byte[]> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] item = new byte[in.getInt()];
      in.get(item);
      items.add(item);
    }
    return items;
  }

  private static void number(DataOutputStream out, int value) throws IOException {
    out.writeInt(Integer.reverseBytes(value));
  }

  private static void text(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    number(out, bytes.length);
    out.write(bytes);
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}

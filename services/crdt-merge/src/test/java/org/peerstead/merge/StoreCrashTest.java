package org.peerstead.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.events.DocumentId;
import org.peerstead.merge.store.DocumentRecord;
import org.peerstead.merge.store.StoreOperation;
import org.peerstead.merge.store.rocksdb.RocksDocumentStore;
import org.peerstead.merge.store.rocksdb.RocksStoreConfig;

/**
 * Kills a process that writes, at moments that differ from round to round, and looks for every
 * write it had been told was durable.
 */
class StoreCrashTest {
  private static final int ROUNDS = 5;
  private static final int DOCUMENTS = 8;

  @TempDir private Path folder;

  @Test
  void acknowledgedWrites_shouldSurviveKill() throws IOException, InterruptedException {
    long[] acknowledged = new long[DOCUMENTS];
    for (int round = 1; round <= ROUNDS; round++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (var lines =
          new BufferedReader(
              new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
        for (int seen = 0; seen < 150 * round; seen++) {
          String line = lines.readLine();
          assertThat(line).as("writer's output in round %d", round).isNotNull();
          note(line, acknowledged);
        }
        // Through the handle: destroying through the process would close the pipe and lose lines.
        writer.toHandle().destroyForcibly();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.endsWith(".")) {
            note(line, acknowledged);
          }
        }
      }
      assertThat(writer.waitFor()).isNotZero();
      check(acknowledged);
    }
  }

  private static void note(String line, long[] acknowledged) {
    String[] parts = line.substring(0, line.length() - 1).split(" ", -1);
    acknowledged[Integer.parseInt(parts[0])] = Long.parseLong(parts[1]);
  }

  private void check(long[] acknowledged) {
    try (var store = RocksDocumentStore.open(folder, RocksStoreConfig.DEFAULT)) {
      for (int number = 0; number < DOCUMENTS; number++) {
        DocumentRecord record = store.record(id(number)).orElse(Writer.record(0));
        assertThat(record.logTo()).isGreaterThanOrEqualTo(acknowledged[number]);
        List<byte[]> chunks = store.chunks(id(number), record);
        assertThat(chunks).hasSize((int) record.logTo());
        for (int entry = 0; entry < chunks.size(); entry++) {
          assertThat(chunks.get(entry)).isEqualTo(Writer.entry(entry));
        }
      }
    }
  }

  private static DocumentId id(int number) {
    return DocumentId.of(new byte[] {(byte) number});
  }

  /** The process that is killed: prints each write after it was told that it is durable. */
  static final class Writer {
    private Writer() {}

    static DocumentRecord record(long logTo) {
      return new DocumentRecord(0, 0, logTo, 0, 0, 0, logTo, List.of());
    }

    static byte[] entry(long sequence) {
      return ByteBuffer.allocate(400).putLong(sequence).array();
    }

    public static void main(String[] arguments) throws InterruptedException {
      var store = RocksDocumentStore.open(Path.of(arguments[0]), RocksStoreConfig.DEFAULT);
      var group = new GroupCommit(store, nanos -> {});
      var writers = new ArrayList<Thread>();
      for (int number = 0; number < DOCUMENTS; number++) {
        int document = number;
        writers.add(Thread.ofVirtual().start(() -> write(store, group, document)));
      }
      for (Thread thread : writers) {
        thread.join();
      }
    }

    private static void write(RocksDocumentStore store, GroupCommit group, int document) {
      long next = store.record(id(document)).map(DocumentRecord::logTo).orElse(0L);
      while (true) {
        group
            .commit(
                List.of(
                    new StoreOperation.AppendLog(id(document), next, entry(next)),
                    new StoreOperation.PutRecord(id(document), record(next + 1))))
            .join();
        next++;
        synchronized (System.out) {
          System.out.println(document + " " + next + ".");
          System.out.flush();
        }
      }
    }
  }
}

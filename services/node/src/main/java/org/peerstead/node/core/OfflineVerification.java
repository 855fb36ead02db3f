package org.peerstead.node.core;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.Hypercores;
import org.peerstead.hypercore.HypercoresConfig;
import org.peerstead.hypercore.HypercoresListener;
import org.peerstead.hypercore.Verification;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStore;
import org.peerstead.hypercore.store.rocksdb.RocksCoreStoreConfig;
import org.peerstead.node.doc.CommandFailure;
import org.peerstead.node.doc.ExitCode;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;

/** Verifies the cores in the data folder of a node that does not run. Stateless. */
final class OfflineVerification {
  private OfflineVerification() {}

  /**
   * @param only the core to verify, or null for all
   * @throws CommandFailure when something is damaged, or the store cannot be opened
   */
  static void run(Path data, @Nullable Fixed32 only, PrintStream out) throws CommandFailure {
    Path folder = data.resolve("cores");
    if (!Files.isDirectory(folder)) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "no node answers, and there are no cores in " + data + "; name its folder with --data");
    }
    Entropy entropy = new SecureRandom()::nextBytes;
    // Verifying signs nothing and meets nobody: keys made for the moment will do.
    try (CoreStore store = RocksCoreStore.open(folder, RocksCoreStoreConfig.DEFAULT);
        Hypercores engine =
            Hypercores.start(
                HypercoresConfig.DEFAULT,
                store,
                entropy.next(Fixed32.SIZE),
                KeyPair.generate(entropy),
                entropy,
                new HypercoresListener() {})) {
      List<Fixed32> keys = new ArrayList<>();
      if (only == null) {
        store.visit(record -> keys.add(record.key()));
      } else {
        keys.add(only);
      }
      int damaged = 0;
      for (Fixed32 key : keys) {
        damaged += report(engine.verify(key).join(), out) ? 0 : 1;
      }
      if (damaged > 0) {
        throw new CommandFailure(ExitCode.FAILED, damaged + " core(s) are damaged");
      }
    } catch (StorageException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
    } catch (CompletionException e) {
      throw new CommandFailure(
          ExitCode.FAILED,
          String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage()));
    }
  }

  private static boolean report(Verification result, PrintStream out) {
    out.println(
        "%s  %s  %d of %d blocks, %d bytes"
            .formatted(
                KeyText.encode(result.key()),
                result.isSound() ? "ok" : result.defectCount() + " defect(s)",
                result.blocksChecked(),
                result.length(),
                result.bytesChecked()));
    result
        .defects()
        .forEach(defect ->
            out.println(
                "  %s at %d: %s".formatted(defect.kind(), defect.index(), defect.detail())));
    return result.isSound();
  }
}

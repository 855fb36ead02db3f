package org.peerstead.benchmarks.crypto;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.peerstead.securestream.crypto.BatchVerifier;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One Ed25519 signature over 64 bytes, the decoding of a key seen for the first time included.
 * Bouncy Castle checks times the cofactor, the others but the batch check the equation as it
 * stands.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class SignatureBench {
  private static final int SIGNATURES = 64;
  private static final int SMALL_BATCH = 8;

  private final byte[][] keys = new byte[SIGNATURES][];
  private final byte[][] messages = new byte[SIGNATURES][];
  private final byte[][] signatures = new byte[SIGNATURES][];
  private final SplittableRandom random = new SplittableRandom(25519);
  private final BatchVerifier batch = new BatchVerifier(SIGNATURES, random::nextBytes);
  private @Nullable Libsodium libsodium;
  private int next;

  /** Signs. */
  @Setup
  public void sign() throws Throwable {
    for (int i = 0; i < SIGNATURES; i++) {
      byte[] seed = new byte[KeyPair.SEED_BYTES];
      random.nextBytes(seed);
      KeyPair pair = KeyPair.fromSeed(seed);
      messages[i] = new byte[64];
      random.nextBytes(messages[i]);
      keys[i] = pair.publicKey().toBytes();
      signatures[i] = pair.sign(Slice.of(messages[i]));
    }
    libsodium = Libsodium.find().orElse(null);
  }

  private int next() {
    next = (next + 1) % SIGNATURES;
    return next;
  }

  /** Ours, alone. */
  @Benchmark
  public boolean single() throws CryptoException {
    int i = next();
    return VerifyKey.of(Fixed32.of(keys[i])).verify(Slice.of(messages[i]), Slice.of(signatures[i]));
  }

  /** Ours, 8 together. */
  @Benchmark
  @OperationsPerInvocation(SMALL_BATCH)
  public boolean batchOf8() {
    return together(SMALL_BATCH);
  }

  /** Ours, 64 together. */
  @Benchmark
  @OperationsPerInvocation(SIGNATURES)
  public boolean batchOf64() {
    return together(SIGNATURES);
  }

  private boolean together(int count) {
    for (int j = 0; j < count; j++) {
      int i = next();
      batch.add(Fixed32.of(keys[i]), Slice.of(messages[i]), Slice.of(signatures[i]));
    }
    return batch.verifyAll();
  }

  /** Bouncy Castle. */
  @Benchmark
  public boolean bouncyCastle() {
    int i = next();
    return Ed25519.verify(signatures[i], 0, keys[i], 0, messages[i], 0, messages[i].length);
  }

  /** libsodium; fails where it is not installed. */
  @Benchmark
  public boolean libsodium() throws Throwable {
    if (libsodium == null) {
      throw new IllegalStateException("libsodium is not installed");
    }
    int i = next();
    return libsodium.verify(keys[i], messages[i], signatures[i]);
  }
}

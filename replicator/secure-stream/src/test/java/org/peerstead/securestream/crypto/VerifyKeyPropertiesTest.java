package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** The judgement of signatures beside Bouncy Castle's and beside the definition. */
class VerifyKeyPropertiesTest {
  private static byte[] bytes(RandomGenerator random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    try {
      return VerifyKey.of(Fixed32.of(publicKey)).verify(Slice.of(message), Slice.of(signature));
    } catch (CryptoException e) {
      return false;
    }
  }

  @Test
  void verify_shouldJudgeHonestAndChangedSignaturesAsBouncyCastle() {
    SeededCases.of("signatures", 8032, 20_000)
        .run(random -> {
          KeyPair pair = KeyPair.fromSeed(bytes(random, 32));
          byte[] publicKey = pair.publicKey().toBytes();
          byte[] message = bytes(random, random.nextInt(300));
          byte[] signature = pair.sign(Slice.of(message));
          assertThat(verify(publicKey, message, signature)).isTrue();
          switch (random.nextInt(3)) {
            case 0 -> publicKey[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> signature[random.nextInt(64)] ^= (byte) (1 << random.nextInt(8));
            default -> message = Arrays.copyOf(message, message.length + 1);
          }
          assertThat(verify(publicKey, message, signature))
              .isEqualTo(Ed25519.verify(signature, 0, publicKey, 0, message, 0, message.length));
        });
  }

  /** Key and commitment get torsion parts; whoever knows the scalars can try all of them. */
  @Test
  void verify_shouldWantTheEquationAsItStands() {
    AffinePoint base = AffinePoint.base();
    AffinePoint eighth = AffinePoint.pointOfOrderEight();
    int[] accepted = new int[1];
    SeededCases.of("torsion", 8, 200)
        .run(random -> {
          BigInteger a = new BigInteger(1, bytes(random, 32)).mod(AffinePoint.L);
          BigInteger r = new BigInteger(1, bytes(random, 32)).mod(AffinePoint.L);
          BigInteger ofKey = BigInteger.valueOf(random.nextInt(8));
          BigInteger ofCommitment = BigInteger.valueOf(random.nextInt(8));
          AffinePoint key = base.times(a).plus(eighth.times(ofKey));
          AffinePoint commitment = base.times(r).plus(eighth.times(ofCommitment));
          byte[] message = bytes(random, random.nextInt(20));
          BigInteger h = challenge(commitment, key, message);
          BigInteger s = r.add(h.multiply(a)).mod(AffinePoint.L);
          byte[] signature = Arrays.copyOf(commitment.encode(), 64);
          System.arraycopy(AffinePoint.littleEndian(s), 0, signature, 32, 32);
          boolean holds =
              h.multiply(ofKey).add(ofCommitment).mod(BigInteger.valueOf(8)).signum() == 0;
          assertThat(verify(key.encode(), message, signature)).isEqualTo(holds);
          accepted[0] += holds ? 1 : 0;
        });
    assertThat(accepted[0]).isBetween(10, 60);
  }

  private static BigInteger challenge(AffinePoint commitment, AffinePoint key, byte[] message) {
    SHA512Digest digest = new SHA512Digest();
    digest.update(commitment.encode(), 0, 32);
    digest.update(key.encode(), 0, 32);
    digest.update(message, 0, message.length);
    byte[] hash = new byte[64];
    digest.doFinal(hash, 0);
    return AffinePoint.number(hash).mod(AffinePoint.L);
  }
}

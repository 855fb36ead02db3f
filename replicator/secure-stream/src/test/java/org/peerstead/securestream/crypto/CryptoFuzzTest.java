package org.peerstead.securestream.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.peerstead.securestream.crypto.CryptoException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** Hostile points, boxes and texts end in a typed error. */
class CryptoFuzzTest {
  @Test
  void points_shouldBeUsedOrRefused() {
    KeyPair own = KeyPair.fromSeed(new byte[32]);
    SeededCases.of("random points", 3, 100)
        .run(random -> {
          byte[] bytes = new byte[32];
          random.nextBytes(bytes);
          try {
            assertThat(PointAgreement.agree(own, Fixed32.of(bytes))).hasSize(32);
          } catch (CryptoException e) {
            assertThat(e.reason()).isEqualTo(Reason.INVALID_POINT);
          }
        });
  }

  @Test
  void boxes_shouldOpenOnlyUnchanged() {
    SeededCases.of("boxes", 4, 300)
        .run(random -> {
          byte[] key = new byte[32];
          random.nextBytes(key);
          byte[] nonce = new byte[24];
          random.nextBytes(nonce);
          byte[] plain = new byte[random.nextInt(200)];
          random.nextBytes(plain);
          byte[] box = SecretBox.seal(key, nonce, Slice.of(plain));
          assertThat(SecretBox.open(key, nonce, Slice.of(box))).isEqualTo(plain);
          box[random.nextInt(box.length)] ^= (byte) (1 << random.nextInt(8));
          Slice changed = Slice.of(box, 0, box.length - random.nextInt(2));
          try {
            SecretBox.open(key, nonce, changed);
            throw new AssertionError("opened a changed box");
          } catch (CryptoException e) {
            assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION_FAILED);
          }
        });
  }

  @Test
  void texts_shouldBeKeysOrRefused() {
    SeededCases.of("key texts", 5, 2_000)
        .run(random -> {
          StringBuilder text = new StringBuilder(random.nextBoolean() ? "pear://" : "");
          int length = 50 + random.nextInt(16);
          for (int i = 0; i < length; i++) {
            text.append("ybndrfg8ejkmcpqxot1uwisza345h769/é".charAt(random.nextInt(34)));
          }
          try {
            Fixed32 key = KeyText.parse(text.toString());
            assertThat(KeyText.parse(KeyText.encode(key))).isEqualTo(key);
          } catch (CryptoException e) {
            assertThat(e.reason()).isEqualTo(Reason.BAD_KEY_TEXT);
          }
        });
  }
}

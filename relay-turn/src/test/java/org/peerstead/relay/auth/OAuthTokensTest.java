package org.peerstead.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.simulation.SeededCases;

class OAuthTokensTest {
  private static final long NOW = 1_800_000_000L;
  private static final String SERVER = "auth.example";
  private static final byte[] MAC_KEY = "01234567890123456789".getBytes(StandardCharsets.UTF_8);
  private static final byte[] SHORT_KEY = new byte[16];
  private static final byte[] LONG_KEY = new byte[32];

  private final OAuthTokens tokens =
      new OAuthTokens(
          SERVER,
          List.of(
              new OAuthTokens.SharedKey("short", SHORT_KEY, NOW - 1_000, NOW + 1_000),
              new OAuthTokens.SharedKey("long", LONG_KEY, NOW - 1_000, NOW + 1_000)));
  private final StunMessage request = request(MAC_KEY);

  private static StunMessage request(byte[] key) {
    try {
      return StunMessage.parse(
          StunWriter.request(StunMethod.ALLOCATE, new TransactionId(1, 2))
              .integrity(IntegrityKind.SHA1, key)
              .toBytes());
    } catch (MalformedStunException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] plain(int keyLength, byte[] macKey, long issued, long lifetime) {
    return ByteBuffer.allocate(2 + macKey.length + 12)
        .putShort((short) keyLength)
        .put(macKey)
        .putLong(issued << 16)
        .putInt((int) lifetime)
        .array();
  }

  private static byte[] seal(byte[] key, String server, byte[] plain) {
    byte[] nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
      cipher.updateAAD(server.getBytes(StandardCharsets.UTF_8));
      byte[] sealed = cipher.doFinal(plain);
      return ByteBuffer.allocate(14 + sealed.length)
          .putShort((short) nonce.length)
          .put(nonce)
          .put(sealed)
          .array();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] token(long issued, long lifetime) {
    return seal(LONG_KEY, SERVER, plain(MAC_KEY.length, MAC_KEY, issued, lifetime));
  }

  private @Nullable Principal open(byte[] token) {
    return tokens.open("long", token, request, NOW * 1_000);
  }

  @Test
  void open_shouldTakeWhatTheAuthorizationServerMade() {
    Principal principal = open(token(NOW - 100, 600));

    assertThat(principal).isNotNull();
    assertThat(principal.key()).isEqualTo(MAC_KEY);
    assertThat(principal.userId()).isEqualTo("long");
    assertThat(principal.expiresAtEpochSecond()).isEqualTo(NOW + 500);
    assertThat(principal.isBoundToExpiry()).isTrue();
    byte[] a128 = seal(SHORT_KEY, SERVER, plain(MAC_KEY.length, MAC_KEY, NOW, 600));
    Principal underAnotherKey = tokens.open("short", a128, request, NOW * 1_000);
    assertThat(underAnotherKey).isNotNull();
    // Else an allocation could not be refreshed once a server has changed its key.
    assertThat(underAnotherKey.username()).isEqualTo(principal.username());
    assertThat(underAnotherKey.userId()).isEqualTo("short");
  }

  @Test
  void open_shouldTakeTheStartOfTheKeyThatCoturnsClientsUse() {
    byte[] token = token(NOW - 100, 600);
    byte[] start = Arrays.copyOf(MAC_KEY, 16);

    Principal principal = tokens.open("long", token, request(start), NOW * 1_000);

    assertThat(principal).isNotNull();
    assertThat(principal.key()).isEqualTo(start);
    byte[] less = Arrays.copyOf(MAC_KEY, 15);
    assertThat(tokens.open("long", token, request(less), NOW * 1_000)).isNull();
  }

  @Test
  void open_shouldKeepToTheTokensTime() {
    assertThat(open(token(NOW - 604, 600))).isNotNull();
    assertThat(open(token(NOW - 605, 600))).isNull();
    assertThat(open(token(NOW + 604, 600))).isNotNull();
    assertThat(open(token(NOW + 605, 600))).isNull();
    assertThat(open(token((1L << 48) - 1, 0xffff_ffffL))).isNull();
  }

  @Test
  void open_shouldKeepToTheKeysTime() {
    byte[] token = token(NOW, 100_000);
    assertThat(tokens.open("long", token, request, (NOW - 1_000) * 1_000)).isNotNull();
    assertThat(tokens.open("long", token, request, (NOW - 1_001) * 1_000)).isNull();
    assertThat(tokens.open("long", token, request, (NOW + 999) * 1_000)).isNotNull();
    assertThat(tokens.open("long", token, request, (NOW + 1_000) * 1_000)).isNull();
  }

  @Test
  void open_shouldRefuseOtherKeysServersAndRequests() {
    assertThat(tokens.open("unknown", token(NOW, 600), request, NOW * 1_000)).isNull();
    assertThat(tokens.open("short", token(NOW, 600), request, NOW * 1_000)).isNull();
    byte[] plain = plain(MAC_KEY.length, MAC_KEY, NOW, 600);
    assertThat(open(seal(LONG_KEY, "other.example", plain))).isNull();
    byte[] otherKey = new byte[20];
    assertThat(tokens.open("long", token(NOW, 600), request(otherKey), NOW * 1_000)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 11, 13, 64, 256, 257, 0x7fff, 0x8000, 0xffff})
  void open_shouldNotBelieveLengthsOfNonces(int length) {
    byte[] token = token(NOW, 600);
    token[0] = (byte) (length >> 8);
    token[1] = (byte) length;

    assertThat(open(token)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 19, 21, 65, 0x7fff, 0x8000, 0xffff})
  void open_shouldNotBelieveLengthsOfKeys(int length) {
    assertThat(open(seal(LONG_KEY, SERVER, plain(length, MAC_KEY, NOW, 600)))).isNull();
  }

  @Test
  void open_shouldSurviveTokensOfEveryLength() {
    byte[] token = token(NOW, 600);
    for (int length = 0; length < 600; length++) {
      if (length != token.length) {
        assertThat(open(Arrays.copyOf(token, length))).isNull();
      }
    }
    for (int length = 0; length < 100; length++) {
      byte[] plain = Arrays.copyOf(plain(MAC_KEY.length, MAC_KEY, NOW, 600), length);
      boolean isWhole = length == 2 + MAC_KEY.length + 12;
      assertThat(open(seal(LONG_KEY, SERVER, plain)) != null).isEqualTo(isWhole);
    }
  }

  @Test
  void open_shouldNoticeEveryChange() {
    SeededCases.of("changed tokens", 20261125, 2_000)
        .run(random -> {
          byte[] token = token(NOW, 600);
          token[random.nextInt(token.length)] ^= (byte) (1 + random.nextInt(255));
          assertThat(open(token)).isNull();
        });
  }

  @Test
  void sharedKey_shouldHaveALengthOfAes() {
    assertThatThrownBy(() -> new OAuthTokens.SharedKey("k", new byte[24], 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new OAuthTokens.SharedKey("k", LONG_KEY, 0, 1).toString()).isEqualTo("SharedKey[k]");
  }
}

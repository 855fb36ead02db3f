package org.peerstead.storagepeer.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;

class FollowedCoreCodecTest {
  private static final Fixed32 KEY = Fixed32.of(new byte[32]);

  private static FollowedCore full() {
    return FollowedCore.begin(KEY, "token:ab", FollowedCore.Origin.FOLLOWED, 2, 1 << 20, 1000)
        .withEviction(40, 40, 700)
        .withReferrer(KEY)
        .withSource("127.0.0.1:3282")
        .withAnnouncement(true)
        .withPin(true)
        .withStoredBytes(300);
  }

  @Test
  void decode_shouldGiveBackWhatWasEncoded() throws EncodingException {
    for (FollowedCore core :
        new FollowedCore[] {
          full(), FollowedCore.begin(KEY, "admin", FollowedCore.Origin.OWN, 0, 0, 0)
        }) {
      assertThat(FollowedCoreCodec.decode(KEY, FollowedCoreCodec.encode(core))).isEqualTo(core);
    }
  }

  @Test
  void encode_shouldGiveGoldenBytesOfVersionOne() {
    assertThat(
            HexFormat.of()
                .formatHex(
                    FollowedCoreCodec.encode(
                        FollowedCore.begin(KEY, "ann", FollowedCore.Origin.FOLLOWED, 1, 0, 1000))))
        .isEqualTo("0103616e6e01000100fde803fde80300000000");
  }

  @Test
  void decode_shouldNameTheDefectOfDamagedBytes() {
    byte[] whole = FollowedCoreCodec.encode(full());
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> FollowedCoreCodec.decode(KEY, part))
          .isInstanceOf(EncodingException.class);
    }
    byte[] newer = whole.clone();
    newer[0] = 2;
    assertThatThrownBy(() -> FollowedCoreCodec.decode(KEY, newer))
        .isInstanceOf(EncodingException.class)
        .hasMessageContaining("version 2");
  }
}

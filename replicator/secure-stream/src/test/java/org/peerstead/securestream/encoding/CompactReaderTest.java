package org.peerstead.securestream.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.peerstead.securestream.encoding.EncodingException.Reason;

class CompactReaderTest {
  private static Reason reasonOf(ThrowingCallable read) {
    return catchThrowableOfType(EncodingException.class, read).reason();
  }

  private static CompactReader of(String hex) {
    return Slice.fromHex(hex).reader();
  }

  @Test
  void uint_shouldRefuseWhatJavaScriptCannotCount() {
    assertThat(reasonOf(() -> of("ff00000000000020 00".replace(" ", "")).uint()))
        .isEqualTo(Reason.NUMBER_TOO_LARGE);
    assertThat(reasonOf(() -> of("ffffffffffffffffff").uint())).isEqualTo(Reason.NUMBER_TOO_LARGE);
  }

  @Test
  void uint_shouldAcceptMoreBytesThanNeeded() throws Exception {
    assertThat(of("fd0500").uint()).isEqualTo(5);
    assertThat(of("ff0500000000000000").uint()).isEqualTo(5);
  }

  @Test
  void lengths_shouldBeCheckedBeforeAnythingIsAllocated() {
    assertThat(reasonOf(() -> of("feffffff7f").buffer(100))).isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(reasonOf(() -> of("feffffff7f").buffer(Integer.MAX_VALUE)))
        .isEqualTo(Reason.TRUNCATED);
    assertThat(reasonOf(() -> of("feffffff7f").uint32Array(Integer.MAX_VALUE)))
        .isEqualTo(Reason.TRUNCATED);
    assertThat(reasonOf(() -> of("feffffff7f").bitArray(Integer.MAX_VALUE)))
        .isEqualTo(Reason.TRUNCATED);
    assertThat(reasonOf(() -> of("feffffff7f").bigUint(Integer.MAX_VALUE)))
        .isEqualTo(Reason.TRUNCATED);
    assertThat(reasonOf(() -> of("fe01001000").array(Integer.MAX_VALUE, CompactReader::uint)))
        .isEqualTo(Reason.LIMIT_EXCEEDED);
    assertThat(reasonOf(() -> of("fe00001000").array(Integer.MAX_VALUE, CompactReader::uint)))
        .isEqualTo(Reason.TRUNCATED);
  }

  @Test
  void string_shouldRefuseWhatIsNotUtf8() {
    assertThat(reasonOf(() -> of("02c328").string(10))).isEqualTo(Reason.BAD_UTF8);
  }

  @Test
  void any_shouldRefuseUnknownTypesAndDeepNesting() {
    assertThat(reasonOf(() -> of("0a").any())).isEqualTo(Reason.UNKNOWN_TYPE);
    assertThat(reasonOf(() -> of("0701".repeat(AnyValue.MAX_DEPTH + 1) + "00").any()))
        .isEqualTo(Reason.TOO_DEEP);
  }

  @Test
  void markers_shouldMatchTheWidth() {
    assertThat(reasonOf(() -> of("fe00000000").bitfield(8))).isEqualTo(Reason.UNKNOWN_TYPE);
    assertThat(reasonOf(() -> of("ff").lexint())).isEqualTo(Reason.UNKNOWN_TYPE);
  }

  @Test
  void expectEnd_shouldNoticeLeftovers() {
    assertThat(reasonOf(() -> of("00").expectEnd())).isEqualTo(Reason.LEFTOVER);
  }

  @Test
  void bigEndianVariants_shouldReverseTheBytes() throws Exception {
    assertThat(of("0102030400000000000506 07".replace(" ", "")).uint32Be()).isEqualTo(0x01020304L);
    CompactWriter writer = new CompactWriter().uint32Be(0x01020304L).uint64Be(0x0506L).bigInt64(-1);
    assertThat(writer.toSlice().toHex()).isEqualTo("0102030400000000000005060100000000000000");
    CompactReader reader = writer.toSlice().reader();
    assertThat(reader.uint32Be()).isEqualTo(0x01020304L);
    assertThat(reader.uint64Be()).isEqualTo(0x0506L);
    assertThat(reader.bigInt64()).isEqualTo(-1);
  }

  @Test
  void writer_shouldRefuseWhatAPeerWouldRefuse() {
    assertThatIllegalArgumentException().isThrownBy(() -> new CompactWriter().uint(1L << 53));
    assertThatIllegalArgumentException().isThrownBy(() -> new CompactWriter().uint(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new CompactWriter().zigZag(1L << 52));
    assertThatIllegalArgumentException().isThrownBy(() -> new CompactWriter().uint24(1 << 24));
    assertThatIllegalArgumentException().isThrownBy(() -> new CompactWriter().bitfield(4, 2));
  }
}

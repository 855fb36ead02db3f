package org.peerstead.securestream.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompactWriterTest {
  @Test
  void clear_shouldLeaveNothingBehind() {
    CompactWriter writer = new CompactWriter(2).string("something longer").uint(70_000);
    Slice before = writer.toSlice().copy();
    assertThat(writer.clear().length()).isZero();
    assertThat(writer.toSlice()).isEqualTo(Slice.EMPTY);
    assertThat(writer.string("something longer").uint(70_000).toSlice()).isEqualTo(before);
  }
}

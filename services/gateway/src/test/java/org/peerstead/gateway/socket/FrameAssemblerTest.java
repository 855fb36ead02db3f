package org.peerstead.gateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.peerstead.gateway.wire.MalformedFrameException;
import org.peerstead.gateway.wire.MalformedFrameException.Reason;

class FrameAssemblerTest {
  private final FrameAssembler assembler = new FrameAssembler(8);

  @Test
  void add_shouldPassWholeMessages() throws Exception {
    assertThat(assembler.add(bytes(8), false, true)).hasSize(8);
    assertThat(assembler.add(bytes(0), false, true)).isEmpty();
  }

  @Test
  void add_shouldJoinFragments() throws Exception {
    assertThat(assembler.add(bytes(3), false, false)).isNull();
    assertThat(assembler.add(bytes(2), false, false)).isNull();
    assertThat(assembler.add(bytes(3), false, true)).hasSize(8);
    assertThat(assembler.add(bytes(1), false, true)).hasSize(1);
  }

  @Test
  void add_shouldBoundTheSumOfFragments() throws Exception {
    assembler.add(bytes(5), false, false);
    assertReason(4, false, Reason.TOO_LARGE);
  }

  @Test
  void add_shouldRefuseLargeFramesAndText() {
    assertReason(9, false, Reason.TOO_LARGE);
    assertReason(1, true, Reason.TEXT_FRAME);
  }

  private void assertReason(int size, boolean isText, Reason reason) {
    var thrown =
        catchThrowableOfType(
            MalformedFrameException.class, () -> assembler.add(bytes(size), isText, true));
    assertThat(thrown).isNotNull();
    assertThat(thrown.reason()).isEqualTo(reason);
  }

  private static Buffer bytes(int size) {
    return Buffer.buffer(new byte[size]);
  }
}

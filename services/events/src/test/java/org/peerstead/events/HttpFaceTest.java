package org.peerstead.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HttpFaceTest {
  @Test
  void serves_shouldMeanTheTreeBelowAPath() {
    var face = new HttpFace(List.of("/api/v1/cores"));
    assertThat(face.serves("/api/v1/cores")).isTrue();
    assertThat(face.serves("/api/v1/cores/abc")).isTrue();
    assertThat(face.serves("/api/v1/coresandmore")).isFalse();
    assertThat(face.serves("/")).isFalse();
    assertThat(new HttpFace(List.of()).serves("/")).isFalse();
  }
}

package org.peerstead.relay.stun;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LongTermKeyTest {
  @Test
  void keys_shouldBeThoseOfWidelyUsedCredentials() {
    // MD5("user:realm:pass") is the example of RFC 8489 section 9.2.2.
    assertThat(LongTermKey.md5("user", "realm", "pass"))
        .asHexString()
        .isEqualToIgnoringCase("8493fbc53ba582fb4c044c456bdc40eb");
    assertThat(LongTermKey.sha256("user", "realm", "pass")).hasSize(32);
  }

  @Test
  void realmsAndPasswords_shouldBePrepared() {
    // A no-break space, and a letter with its accent apart.
    assertThat(LongTermKey.md5("u", "a\u00a0realm", "cafe\u0301"))
        .isEqualTo(LongTermKey.md5("u", "a realm", "caf\u00e9"));
    assertThat(LongTermKey.sha256("u", "a\u3000realm", "cafe\u0301"))
        .isEqualTo(LongTermKey.sha256("u", "a realm", "caf\u00e9"));
    assertThat(LongTermKey.userHash("u", "a\u2003realm"))
        .isEqualTo(LongTermKey.userHash("u", "a realm"));
  }

  @Test
  void compatibilityForms_shouldBeKept() {
    // OpaqueString normalises to form C, not KC: a Roman numeral nine is not "IX".
    assertThat(LongTermKey.md5("u", "r", "\u2168")).isNotEqualTo(LongTermKey.md5("u", "r", "IX"));
  }

  @Test
  void usernames_shouldCountAsSent() {
    assertThat(LongTermKey.md5("cafe\u0301", "r", "p"))
        .isNotEqualTo(LongTermKey.md5("caf\u00e9", "r", "p"));
  }
}

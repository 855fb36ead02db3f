package org.peerstead.relay.net.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peerstead.relay.net.tls.TlsMaterial.Reload;

class TlsMaterialTest {
  private static final TestIdentity ELLIPTIC = TestIdentity.elliptic("one.test");
  private static final TestIdentity OTHER = TestIdentity.elliptic("two.test");
  private static final TestIdentity RSA = TestIdentity.rsa("three.test");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path directory;

  @SuppressWarnings("NullAway.Init")
  private Path chain;

  @SuppressWarnings("NullAway.Init")
  private Path key;

  @BeforeEach
  void nameFiles() {
    chain = directory.resolve("chain.pem");
    key = directory.resolve("key.pem");
  }

  private TlsMaterial load(String chainPem, String keyPem) throws IOException {
    Files.writeString(chain, chainPem);
    Files.writeString(key, keyPem);
    return TlsMaterial.load(chain, key);
  }

  @Test
  void readsKeysOfAllForms() throws IOException {
    // A key that does not belong to the certificate would not be taken.
    for (TestIdentity identity : List.of(ELLIPTIC, RSA)) {
      for (String keyPem : List.of(identity.pkcs8Pem(), identity.traditionalPem())) {
        assertThat(load(identity.chainPem(), keyPem).current().key().getAlgorithm())
            .isEqualTo(identity.keys().getPrivate().getAlgorithm());
      }
    }
  }

  @Test
  void readsChainAndKeyFromOneFileWithWordsAround() throws IOException {
    Files.writeString(
        chain, "subject=one\n" + ELLIPTIC.pkcs8Pem() + "\nmore\n" + ELLIPTIC.chainPem());
    TlsMaterial material = TlsMaterial.load(chain, chain);
    assertThat(material.current().chain()).containsExactly(ELLIPTIC.certificate());
    assertThat(material.notAfter()).isEqualTo(ELLIPTIC.certificate().getNotAfter().toInstant());
  }

  @Test
  void saysWhyFilesCannotBeUsed() {
    assertThatThrownBy(() -> TlsMaterial.load(chain, key))
        .isInstanceOf(TlsMaterialException.class)
        .hasMessageContaining("cannot read " + chain);
    assertThatThrownBy(() -> load("", ELLIPTIC.pkcs8Pem()))
        .hasMessageContaining("no certificate in " + chain);
    assertThatThrownBy(() -> load(ELLIPTIC.chainPem(), ELLIPTIC.chainPem()))
        .hasMessageContaining("no private key in " + key);
    assertThatThrownBy(() -> load(ELLIPTIC.chainPem(), OTHER.pkcs8Pem()))
        .hasMessageContaining("does not belong");
    assertThatThrownBy(() -> load(ELLIPTIC.chainPem(), RSA.pkcs8Pem()))
        .hasMessageContaining("kind");
    assertThatThrownBy(() ->
            load(
                ELLIPTIC.chainPem(),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
                    + "-----END ENCRYPTED PRIVATE KEY-----\n"))
        .isInstanceOf(TlsMaterialException.class);
    assertThatThrownBy(() -> load("x".repeat(300_000), ELLIPTIC.pkcs8Pem()))
        .hasMessageContaining("longer than");
  }

  @Test
  void takesOverWhatIsNew() throws IOException {
    TlsMaterial material = load(ELLIPTIC.chainPem(), ELLIPTIC.pkcs8Pem());
    SSLContext before = material.sslContext();
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.UNCHANGED);
    assertThat(material.sslContext()).isSameAs(before);

    Files.writeString(chain, RSA.chainPem());
    Files.writeString(key, RSA.pkcs8Pem());
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.RELOADED);
    assertThat(material.current().chain()).containsExactly(RSA.certificate());
    assertThat(material.sslContext()).isNotSameAs(before);
  }

  @Test
  void keepsTheOldOneUntilTheNewOneIsWhole() throws IOException {
    TlsMaterial material = load(ELLIPTIC.chainPem(), ELLIPTIC.pkcs8Pem());
    Files.writeString(chain, OTHER.chainPem());
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.FAILED);
    assertThat(material.lastError()).contains("does not belong");
    assertThat(material.reloadIfChanged()).as("told once").isEqualTo(Reload.UNCHANGED);
    assertThat(material.lastError()).contains("does not belong");
    assertThat(material.current().chain()).containsExactly(ELLIPTIC.certificate());

    Files.delete(key);
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.FAILED);
    assertThat(material.lastError()).contains("cannot read");

    Files.writeString(key, OTHER.pkcs8Pem());
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.RELOADED);
    assertThat(material.lastError()).isNull();
    assertThat(material.current().chain()).containsExactly(OTHER.certificate());
  }

  @Test
  void forgetsAnErrorWhenTheOldFilesAreBack() throws IOException {
    TlsMaterial material = load(ELLIPTIC.chainPem(), ELLIPTIC.pkcs8Pem());
    Files.delete(key);
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.FAILED);
    Files.writeString(key, ELLIPTIC.pkcs8Pem());
    assertThat(material.reloadIfChanged()).isEqualTo(Reload.RELOADED);
    assertThat(material.lastError()).isNull();
  }

  @Test
  void tellsNoKey() {
    assertThat(ELLIPTIC.material().current().toString()).isEqualTo("TlsIdentity[CN=one.test]");
  }
}

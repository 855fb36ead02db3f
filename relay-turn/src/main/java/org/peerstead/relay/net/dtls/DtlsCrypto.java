package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import org.bouncycastle.jcajce.util.DefaultJcaJceHelper;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.EncryptionAlgorithm;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCipher;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.TlsAEADCipher;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCrypto;

/**
 * The primitives of DTLS, all from the JDK, whose ciphers use the instructions that processors have
 * for them. Only authenticated encryption. Thread-safe.
 */
final class DtlsCrypto extends JcaTlsCrypto {
  private static final int TAG_BYTES = 16;

  DtlsCrypto(SecureRandom random) {
    super(new DefaultJcaJceHelper(), null, random, random);
  }

  @Override
  public boolean hasEncryptionAlgorithm(int algorithm) {
    return switch (algorithm) {
      case EncryptionAlgorithm.AES_128_GCM,
          EncryptionAlgorithm.AES_256_GCM,
          EncryptionAlgorithm.CHACHA20_POLY1305 ->
          true;
      default -> false;
    };
  }

  @Override
  public TlsCipher createCipher(TlsCryptoParameters parameters, int algorithm, int mac)
      throws IOException {
    try {
      return switch (algorithm) {
        case EncryptionAlgorithm.AES_128_GCM -> gcm(parameters, 16);
        case EncryptionAlgorithm.AES_256_GCM -> gcm(parameters, 32);
        case EncryptionAlgorithm.CHACHA20_POLY1305 ->
            guarded(
                parameters,
                RecordCipher.chaCha20(true),
                RecordCipher.chaCha20(false),
                32,
                TlsAEADCipher.AEAD_CHACHA20_POLY1305);
        default -> throw new TlsFatalAlert(AlertDescription.internal_error);
      };
    } catch (GeneralSecurityException e) {
      throw new TlsFatalAlert(AlertDescription.internal_error, e);
    }
  }

  private static TlsCipher gcm(TlsCryptoParameters parameters, int keyBytes)
      throws IOException, GeneralSecurityException {
    return guarded(
        parameters,
        RecordCipher.aesGcm(true),
        RecordCipher.aesGcm(false),
        keyBytes,
        TlsAEADCipher.AEAD_GCM);
  }

  private static TlsCipher guarded(
      TlsCryptoParameters parameters,
      RecordCipher encrypt,
      RecordCipher decrypt,
      int keyBytes,
      int kind)
      throws IOException {
    return new GuardedCipher(
        new TlsAEADCipher(parameters, encrypt, decrypt, keyBytes, TAG_BYTES, kind, null));
  }
}

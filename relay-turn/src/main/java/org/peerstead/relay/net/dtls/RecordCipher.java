package org.peerstead.relay.net.dtls;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.tls.crypto.impl.TlsAEADCipherImpl;
import org.jspecify.annotations.Nullable;

/** Authenticated encryption of records in one direction, by a cipher of the JDK. */
final class RecordCipher implements TlsAEADCipherImpl {
  private static final int TAG_BYTES = 16;

  private final Cipher cipher;
  private final String algorithm;
  private final boolean isGcm;
  private final boolean isEncrypting;
  private @Nullable SecretKeySpec key;

  private RecordCipher(Cipher cipher, String algorithm, boolean isGcm, boolean isEncrypting) {
    this.cipher = cipher;
    this.algorithm = algorithm;
    this.isGcm = isGcm;
    this.isEncrypting = isEncrypting;
  }

  static RecordCipher aesGcm(boolean isEncrypting) throws GeneralSecurityException {
    return new RecordCipher(Cipher.getInstance("AES/GCM/NoPadding"), "AES", true, isEncrypting);
  }

  static RecordCipher chaCha20(boolean isEncrypting) throws GeneralSecurityException {
    return new RecordCipher(
        Cipher.getInstance("ChaCha20-Poly1305"), "ChaCha20", false, isEncrypting);
  }

  @Override
  public void setKey(byte[] bytes, int offset, int length) {
    key = new SecretKeySpec(bytes, offset, length, algorithm);
  }

  @Override
  public void init(byte[] nonce, int macSize) {
    AlgorithmParameterSpec spec =
        isGcm ? new GCMParameterSpec(macSize * 8, nonce) : new IvParameterSpec(nonce);
    try {
      cipher.init(isEncrypting ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, key, spec);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int getOutputSize(int inputLength) {
    return isEncrypting ? inputLength + TAG_BYTES : inputLength - TAG_BYTES;
  }

  @Override
  public int doFinal(
      byte[] additional, byte[] input, int offset, int length, byte[] output, int outputOffset) {
    cipher.updateAAD(additional);
    try {
      return cipher.doFinal(input, offset, length, output, outputOffset);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}

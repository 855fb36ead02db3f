package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.HashAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsStreamSigner;

/** Signs the server's part of a key exchange with a key of the JDK. */
record IdentitySigner(Certificate certificate, PrivateKey key, SignatureAndHashAlgorithm algorithm)
    implements TlsCredentialedSigner {
  @Override
  public Certificate getCertificate() {
    return certificate;
  }

  @Override
  public SignatureAndHashAlgorithm getSignatureAndHashAlgorithm() {
    return algorithm;
  }

  /** Is not called where there is a stream signer. */
  @Override
  public byte[] generateRawSignature(byte[] hash) throws IOException {
    throw new TlsFatalAlert(AlertDescription.internal_error);
  }

  @Override
  public TlsStreamSigner getStreamSigner() throws IOException {
    String hash =
        switch (algorithm.getHash()) {
          case HashAlgorithm.sha256 -> "SHA256";
          case HashAlgorithm.sha384 -> "SHA384";
          case HashAlgorithm.sha512 -> "SHA512";
          default -> throw new TlsFatalAlert(AlertDescription.handshake_failure);
        };
    try {
      Signature signature =
          Signature.getInstance(
              hash + "with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA"));
      signature.initSign(key);
      return new Signing(signature);
    } catch (GeneralSecurityException e) {
      throw new TlsFatalAlert(AlertDescription.internal_error, e);
    }
  }

  private static final class Signing extends OutputStream implements TlsStreamSigner {
    private final Signature signature;

    Signing(Signature signature) {
      this.signature = signature;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        signature.update(bytes, offset, length);
      } catch (SignatureException e) {
        throw new TlsFatalAlert(AlertDescription.internal_error, e);
      }
    }

    @Override
    public OutputStream getOutputStream() {
      return this;
    }

    @Override
    public byte[] getSignature() throws IOException {
      try {
        return signature.sign();
      } catch (SignatureException e) {
        throw new TlsFatalAlert(AlertDescription.internal_error, e);
      }
    }
  }
}

package org.peerstead.relay.net.dtls;

import java.io.IOException;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.ContentType;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCipher;
import org.bouncycastle.tls.crypto.TlsDecodeResult;
import org.bouncycastle.tls.crypto.TlsEncodeResult;

/**
 * Keeps two things from the record layer that would harm it. A record that cannot be decoded, for
 * whatever reason, is one with a wrong code: whoever can forge a sender's address can send those,
 * and they must not end a session (RFC 6347 section 4.1.2.7). And no message of the handshake may
 * claim to be longer than any client needs, since room is made for all of it with its first part.
 */
record GuardedCipher(TlsCipher cipher) implements TlsCipher {
  @Override
  public TlsDecodeResult decodeCiphertext(
      long number, short type, ProtocolVersion version, byte[] bytes, int offset, int length)
      throws IOException {
    TlsDecodeResult decoded;
    try {
      decoded = cipher.decodeCiphertext(number, type, version, bytes, offset, length);
    } catch (TlsFatalAlert | RuntimeException e) {
      throw new TlsFatalAlert(AlertDescription.bad_record_mac, e);
    }
    if (decoded.contentType == ContentType.handshake
        && !HandshakeRecords.areFragmentsSmall(decoded.buf, decoded.off, decoded.len)) {
      throw new TlsFatalAlert(AlertDescription.bad_record_mac);
    }
    return decoded;
  }

  @Override
  public TlsEncodeResult encodePlaintext(
      long number,
      short type,
      ProtocolVersion version,
      int headerBytes,
      byte[] bytes,
      int offset,
      int length)
      throws IOException {
    return cipher.encodePlaintext(number, type, version, headerBytes, bytes, offset, length);
  }

  @Override
  public int getCiphertextDecodeLimit(int plaintextLimit) {
    return cipher.getCiphertextDecodeLimit(plaintextLimit);
  }

  @Override
  public int getCiphertextEncodeLimit(int plaintextLimit) {
    return cipher.getCiphertextEncodeLimit(plaintextLimit);
  }

  @Override
  public int getPlaintextDecodeLimit(int ciphertextLimit) {
    return cipher.getPlaintextDecodeLimit(ciphertextLimit);
  }

  @Override
  public int getPlaintextEncodeLimit(int ciphertextLimit) {
    return cipher.getPlaintextEncodeLimit(ciphertextLimit);
  }

  @Override
  public void rekeyDecoder() throws IOException {
    cipher.rekeyDecoder();
  }

  @Override
  public void rekeyEncoder() throws IOException {
    cipher.rekeyEncoder();
  }

  @Override
  public boolean usesOpaqueRecordTypeDecode() {
    return cipher.usesOpaqueRecordTypeDecode();
  }

  @Override
  public boolean usesOpaqueRecordTypeEncode() {
    return cipher.usesOpaqueRecordTypeEncode();
  }
}

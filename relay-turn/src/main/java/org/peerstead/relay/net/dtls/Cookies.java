package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.bouncycastle.tls.DTLSRequest;
import org.bouncycastle.tls.DTLSVerifier;
import org.bouncycastle.tls.DatagramSender;
import org.jspecify.annotations.Nullable;

/**
 * Makes clients show that they receive what is sent to their address (RFC 6347 section 4.2.1),
 * without a memory of any of them: a cookie is a code over the client's address and its hello, with
 * a secret that changes. The question is shorter than what it answers. Used by one loop.
 */
final class Cookies {
  private final DtlsCrypto crypto;
  private final long secretNanos;
  private DTLSVerifier current;
  private @Nullable DTLSVerifier previous;
  private long sinceNanos;

  Cookies(DtlsCrypto crypto, long secretNanos, long nowNanos) {
    this.crypto = crypto;
    this.secretNanos = secretNanos;
    current = new DTLSVerifier(crypto);
    sinceNanos = nowNanos;
  }

  /** What a cookie is bound to. */
  static byte[] clientId(ClientKey client) {
    return ByteBuffer.allocate(4 + 8 + 8 + 4 + 1)
        .putInt(client.listener())
        .putLong(client.high())
        .putLong(client.low())
        .putInt(client.port())
        .put((byte) client.family().ordinal())
        .array();
  }

  /**
   * Looks for the cookie in a ClientHello.
   *
   * @param question gets a HelloVerifyRequest when there is no cookie, or a wrong one
   * @return what a handshake begins with; null when there is nothing to begin
   */
  @Nullable DTLSRequest check(
      byte[] clientId, byte[] hello, DatagramSender question, long nowNanos) {
    rotate(nowNanos);
    Kept kept = new Kept();
    DTLSRequest request = current.verifyRequest(clientId, hello, 0, hello.length, kept);
    DTLSVerifier before = previous;
    if (request == null && before != null && kept.bytes != null) {
      request = before.verifyRequest(clientId, hello, 0, hello.length, new Kept());
    }
    byte[] asked = kept.bytes;
    if (request == null && asked != null) {
      try {
        question.send(asked, 0, asked.length);
      } catch (IOException _) {
        // The client asks again.
      }
    }
    return request;
  }

  private void rotate(long nowNanos) {
    long age = nowNanos - sinceNanos;
    if (age < secretNanos) {
      return;
    }
    previous = age < 2 * secretNanos ? current : null;
    current = new DTLSVerifier(crypto);
    sinceNanos = nowNanos;
  }

  /** Keeps a question until it is clear that it has to be asked. */
  private static final class Kept implements DatagramSender {
    byte @Nullable [] bytes;

    @Override
    public int getSendLimit() {
      return SessionTransport.HANDSHAKE_SEND_BYTES;
    }

    @Override
    public void send(byte[] datagram, int offset, int length) {
      bytes = java.util.Arrays.copyOfRange(datagram, offset, offset + length);
    }
  }
}

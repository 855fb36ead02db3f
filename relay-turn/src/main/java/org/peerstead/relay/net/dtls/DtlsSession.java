package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bouncycastle.tls.DTLSTransport;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.ChannelData;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;
import org.peerstead.relay.turn.ConnectionPath;

/**
 * A client over DTLS (RFC 7350). One STUN or ChannelData message stands in one record; ChannelData
 * has no padding then. All on the loop's thread.
 *
 * <pre>
 * from       to         when
 * -          greeting   a hello with the right cookie, and there is a place
 * greeting   standing   the handshake has ended well
 * greeting   ended      the handshake failed or took too long, or the loop closes
 * standing   ended      the client says so, sends rubbish or begins anew; the engine closes it; it
 *                       is unsettled for too long; the loop closes
 * </pre>
 */
final class DtlsSession extends ConnectionPath {
  private final DtlsSessions sessions;
  private final ClientKey client;
  private final TransportAddress server;
  private final SessionTransport transport;
  private final byte[] helloRandom;
  private @Nullable Thread handshake;
  private @Nullable DTLSTransport records;
  private boolean hasEnded;
  private boolean isClosing;

  /** Since when it has not been settled; meaningless while it is. */
  long unsettledSinceNanos;

  /** At the last look. */
  boolean wasSettled;

  DtlsSession(
      DtlsSessions sessions,
      ClientKey client,
      TransportAddress server,
      SessionTransport transport,
      byte[] helloRandom) {
    this.sessions = sessions;
    this.client = client;
    this.server = server;
    this.transport = transport;
    this.helloRandom = helloRandom;
  }

  ClientKey key() {
    return client;
  }

  SessionTransport transportLayer() {
    return transport;
  }

  /** Whether a hello is the one that this session began with. */
  boolean isBegunBy(byte[] random) {
    return java.util.Arrays.equals(helloRandom, random);
  }

  void handshakeOn(Thread thread) {
    handshake = thread;
  }

  /** The handshake has ended well. */
  void stand(DTLSTransport established) {
    records = established;
    handshake = null;
  }

  boolean isStanding() {
    return records != null;
  }

  @Nullable DTLSTransport records() {
    return records;
  }

  boolean hasEnded() {
    return hasEnded;
  }

  /** Takes leave of the client, when there is something to take leave of. */
  void end() {
    hasEnded = true;
    Thread thread = handshake;
    if (thread != null) {
      thread.interrupt();
      handshake = null;
    }
    DTLSTransport established = records;
    records = null;
    if (established != null) {
      try {
        established.close();
      } catch (IOException _) {
        // The client finds out by itself.
      }
    }
  }

  @Override
  public ClientTransport transport() {
    return ClientTransport.DTLS;
  }

  @Override
  public TransportAddress client() {
    return client.address();
  }

  @Override
  public TransportAddress server() {
    return server;
  }

  @Override
  public int listener() {
    return client.listener();
  }

  @Override
  public boolean send(byte[] message) {
    return sendRecord(message, message.length);
  }

  @Override
  public boolean sendChannelData(int channel, MemorySegment memory, long offset, int length) {
    byte[] buffer = sessions.plain();
    if (length > buffer.length - ChannelData.HEADER_BYTES) {
      sessions.notSent();
      return false;
    }
    buffer[0] = (byte) (channel >>> 8);
    buffer[1] = (byte) channel;
    buffer[2] = (byte) (length >>> 8);
    buffer[3] = (byte) length;
    MemorySegment.copy(
        memory, ValueLayout.JAVA_BYTE, offset, buffer, ChannelData.HEADER_BYTES, length);
    return sendRecord(buffer, ChannelData.HEADER_BYTES + length);
  }

  @Override
  public boolean sendGathered(
      byte[] head, int headLength, MemorySegment memory, long offset, int length, int padding) {
    byte[] buffer = sessions.plain();
    int whole = headLength + length + padding;
    if (whole > buffer.length) {
      sessions.notSent();
      return false;
    }
    System.arraycopy(head, 0, buffer, 0, headLength);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, buffer, headLength, length);
    java.util.Arrays.fill(buffer, headLength + length, whole, (byte) 0);
    return sendRecord(buffer, whole);
  }

  private boolean sendRecord(byte[] bytes, int length) {
    DTLSTransport established = records;
    if (established == null || length > DtlsSessions.MAX_PLAIN_BYTES) {
      sessions.notSent();
      return false;
    }
    try {
      established.send(bytes, 0, length);
      return transport.tookAll();
    } catch (IOException _) {
      sessions.endLater(this, DtlsEnd.FAILURE);
      return false;
    }
  }

  @Override
  public void close() {
    if (!isClosing) {
      isClosing = true;
      sessions.endLater(this, DtlsEnd.ENGINE);
    }
  }
}

package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.AlertLevel;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.DTLSClientProtocol;
import org.bouncycastle.tls.DTLSTransport;
import org.bouncycastle.tls.DatagramTransport;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** Bouncy Castle's DTLS client over a link in memory that can harm what goes through. */
final class DtlsClient implements DatagramTransport {
  /** What happens to a datagram on its way. */
  enum Fate {
    ARRIVES,
    LOST,
    TWICE,
    /** Arrives after the next one. */
    LATE
  }

  /** Decides for each datagram. */
  interface Link {
    Fate fate(boolean isFromClient, byte[] datagram);
  }

  private static final int HANDSHAKE_MILLIS = 20_000;
  private static final int RESEND_MILLIS = 150;
  private static final int PATIENCE_MILLIS = 5_000;

  private final DtlsBed bed;
  private final int port;
  private final Link link;
  private final LinkedBlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
  private byte @Nullable [] lateUp;
  private byte @Nullable [] lateDown;
  private byte @Nullable [] firstSent;
  private byte @Nullable [] lastSent;
  private @Nullable DTLSTransport records;
  int[] suites = {
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  };
  ProtocolVersion[] versions = ProtocolVersion.DTLSv12.only();
  byte @Nullable [] serverCertificate;

  DtlsClient(DtlsBed bed, int port, Link link) {
    this.bed = bed;
    this.port = port;
    this.link = link;
    bed.connect(port, this::fromServer);
  }

  static DtlsClient plain(DtlsBed bed, int port) {
    return new DtlsClient(bed, port, (isFromClient, datagram) -> Fate.ARRIVES);
  }

  DtlsClient connect() throws IOException {
    records = new DTLSClientProtocol().connect(new Peer(), this);
    return this;
  }

  byte[] firstSent() {
    byte[] sent = firstSent;
    if (sent == null) {
      throw new IllegalStateException("nothing was sent");
    }
    return sent;
  }

  byte[] lastSent() {
    byte[] sent = lastSent;
    if (sent == null) {
      throw new IllegalStateException("nothing was sent");
    }
    return sent;
  }

  void say(byte[] contents) throws IOException {
    transport().send(contents, 0, contents.length);
  }

  /** What the server says next; null when it says nothing. */
  byte @Nullable [] hear(int millis) throws IOException {
    byte[] buffer = new byte[20_000];
    int length = transport().receive(buffer, 0, buffer.length, millis);
    return length < 0 ? null : Arrays.copyOf(buffer, length);
  }

  /** Says something and hears it again. */
  boolean isEchoed(byte[] contents) throws IOException {
    say(contents);
    byte[] heard = hear(PATIENCE_MILLIS);
    return heard != null && Arrays.equals(heard, contents);
  }

  /** Ends the session. */
  void leave() throws IOException {
    transport().close();
  }

  @Override
  public void close() {
    // The link stays.
  }

  private DTLSTransport transport() {
    DTLSTransport transport = records;
    if (transport == null) {
      throw new IllegalStateException("not connected");
    }
    return transport;
  }

  private void fromServer(byte[] datagram) {
    Fate fate = link.fate(false, datagram);
    byte[] late = lateDown;
    lateDown = null;
    if (fate == Fate.LATE) {
      lateDown = datagram;
    } else if (fate != Fate.LOST) {
      arrived.add(datagram);
      if (fate == Fate.TWICE) {
        arrived.add(datagram);
      }
    }
    if (late != null) {
      arrived.add(late);
    }
  }

  @Override
  public int getReceiveLimit() {
    return 20_000;
  }

  @Override
  public int getSendLimit() {
    return 17_000;
  }

  @Override
  public int receive(byte[] buffer, int offset, int length, int waitMillis) throws IOException {
    try {
      byte[] datagram = arrived.poll(waitMillis, TimeUnit.MILLISECONDS);
      if (datagram == null) {
        return -1;
      }
      System.arraycopy(datagram, 0, buffer, offset, datagram.length);
      return datagram.length;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void send(byte[] bytes, int offset, int length) {
    byte[] datagram = Arrays.copyOfRange(bytes, offset, offset + length);
    if (firstSent == null) {
      firstSent = datagram;
    }
    lastSent = datagram;
    Fate fate = link.fate(true, datagram);
    byte[] late = lateUp;
    lateUp = null;
    if (fate == Fate.LATE) {
      lateUp = datagram;
    } else if (fate != Fate.LOST) {
      bed.arrive(port, datagram);
      if (fate == Fate.TWICE) {
        bed.arrive(port, datagram);
      }
    }
    if (late != null) {
      bed.arrive(port, late);
    }
  }

  private final class Peer extends DefaultTlsClient {
    Peer() {
      super(new BcTlsCrypto(new SecureRandom()));
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
      return versions.clone();
    }

    @Override
    protected int[] getSupportedCipherSuites() {
      return suites.clone();
    }

    @Override
    public int getHandshakeTimeoutMillis() {
      return HANDSHAKE_MILLIS;
    }

    @Override
    public int getHandshakeResendTimeMillis() {
      return RESEND_MILLIS;
    }

    @Override
    public TlsAuthentication getAuthentication() {
      return new TlsAuthentication() {
        @Override
        public void notifyServerCertificate(TlsServerCertificate certificate) throws IOException {
          serverCertificate = certificate.getCertificate().getCertificateAt(0).getEncoded();
        }

        @Override
        public @Nullable TlsCredentials getClientCredentials(CertificateRequest request) {
          return null;
        }
      };
    }

    @Override
    public void notifyAlertReceived(short level, short description) {
      if (level == AlertLevel.fatal || description == AlertDescription.close_notify) {
        alert = description;
      }
    }
  }

  /** The last one that ends something; -1 for none. */
  volatile int alert = -1;
}

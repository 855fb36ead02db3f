package org.peerstead.relay.net.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Puts TLS (RFC 8489 section 6.2.3) before a connection: versions 1.2 and 1.3, only ciphers with
 * forward secrecy and authenticated encryption. A client that names protocols must name one of ours
 * (RFC 7443). Expensive steps of the handshake leave the loop.
 */
final class TlsEntrance {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final String[] PROTOCOLS = {"stun.turn", "stun.nat-discovery"};

  /** In the order of preference; what the JDK does not know is left out. */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** More than any client says before its handshake is over. */
  private static final int MAX_HANDSHAKE_BYTES = 64 * 1024;

  private TlsEntrance() {}

  /** Adds the handlers at the end of the pipeline. */
  static void add(ClientConnection connection, SSLContext context) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(VERSIONS);
    List<String> known = Arrays.asList(context.getSupportedSSLParameters().getCipherSuites());
    parameters.setCipherSuites(CIPHERS.stream().filter(known::contains).toArray(String[]::new));
    parameters.setUseCipherSuitesOrder(true);
    parameters.setApplicationProtocols(PROTOCOLS);
    engine.setSSLParameters(parameters);
    SslHandler tls =
        new SslHandler(engine, new FirstHandshakeOnly(engine, connection.loop().handshakes()));
    // Whoever made the connection watches all its times.
    tls.setHandshakeTimeoutMillis(0);
    connection.channel().pipeline().addLast(new HandshakeBytes(connection), tls);
  }

  static void handshakeIsOver(ChannelPipeline pipeline) {
    pipeline.remove(HandshakeBytes.class);
  }

  /**
   * Before TLS 1.3 a client could ask for a new handshake whenever it likes, each of which costs us
   * a signature. None of ours do.
   */
  private record FirstHandshakeOnly(SSLEngine engine, Executor tasks) implements Executor {
    @Override
    public void execute(Runnable task) {
      boolean isAgain =
          engine.getSession().isValid() && engine.getSession().getProtocol().equals("TLSv1.2");
      if (isAgain) {
        throw new RejectedExecutionException("renegotiation");
      }
      tasks.execute(task);
    }
  }

  /** Bounds what gathers while a step of the handshake waits for its turn. */
  private static final class HandshakeBytes extends ChannelInboundHandlerAdapter {
    private final ClientConnection connection;
    private int bytes;

    HandshakeBytes(ClientConnection connection) {
      this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      bytes += ((ByteBuf) message).readableBytes();
      if (bytes > MAX_HANDSHAKE_BYTES) {
        ((ByteBuf) message).release();
        connection.abort(ConnectionEnd.TLS);
        return;
      }
      context.fireChannelRead(message);
    }
  }
}

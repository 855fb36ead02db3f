package org.peerstead.relay.net.netty;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A client over a stream. Reading waits for ten seconds at most. */
final class Client implements Closeable {
  private static final int TIMEOUT_MILLIS = 10_000;

  final Socket socket;
  final DataInputStream in;
  final OutputStream out;

  Client(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  static Client connect(InetSocketAddress to) throws IOException {
    Socket socket = new Socket();
    socket.connect(to, TIMEOUT_MILLIS);
    return new Client(socket);
  }

  /** A message with a STUN header. */
  static byte[] message(int type, byte... contents) {
    byte[] message = new byte[20 + contents.length];
    System.arraycopy(EchoEngine.header(type, contents.length), 0, message, 0, 20);
    System.arraycopy(contents, 0, message, 20, contents.length);
    return message;
  }

  /** A ChannelData message as on a stream: with padding. */
  static byte[] channelData(int channel, byte... contents) {
    return ByteBuffer.allocate(4 + (contents.length + 3 & ~3))
        .putShort((short) channel)
        .putShort((short) contents.length)
        .put(contents)
        .array();
  }

  static byte[] port(int port) {
    return new byte[] {1, 0, (byte) (port >> 8), (byte) port};
  }

  Client send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** The next message, header and padding included. */
  byte[] read() throws IOException {
    byte[] prefix = in.readNBytes(4);
    if (prefix.length < 4) {
      throw new java.io.EOFException("the connection has ended");
    }
    int length = StreamFraming.length(ByteBuffer.wrap(prefix).getInt(), StreamFraming.MAX_BYTES);
    byte[] message = java.util.Arrays.copyOf(prefix, length);
    in.readFully(message, 4, length - 4);
    return message;
  }

  /** Reads until the relay ends the connection; false when it does not. */
  boolean isEnded() {
    try {
      while (in.read() >= 0) {
        // What came before counts for nothing.
      }
      return true;
    } catch (java.net.SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

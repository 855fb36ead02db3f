package org.peerstead.relay;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.LongTermKey;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.testbed.TestUsers;

/** A TURN client on a socket of this machine. */
final class UdpTurnClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 5_000;

  private final DatagramSocket socket;
  private final String username;
  private @Nullable String realm;
  private @Nullable String nonce;
  private long transaction = System.nanoTime();

  UdpTurnClient(TransportAddress server, String username) throws IOException {
    this.username = username;
    socket = new DatagramSocket(new InetSocketAddress(server.ip().toInetAddress(), 0));
    socket.connect(server.toSocketAddress());
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  StunMessage ask(int method, UnaryOperator<StunWriter> attributes)
      throws IOException, MalformedStunException {
    StunMessage answer = once(method, attributes);
    if (answer.messageClass() == StunClass.ERROR && nonce == null) {
      realm = answer.text(StunAttribute.REALM);
      nonce = answer.text(StunAttribute.NONCE);
      answer = once(method, attributes);
    }
    return answer;
  }

  private StunMessage once(int method, UnaryOperator<StunWriter> attributes)
      throws IOException, MalformedStunException {
    TransactionId id = new TransactionId(7, transaction++);
    StunWriter writer = attributes.apply(StunWriter.request(method, id));
    String knownRealm = realm;
    String knownNonce = nonce;
    if (knownRealm != null && knownNonce != null) {
      byte[] key = LongTermKey.md5(username, knownRealm, TestUsers.passwordOf(username));
      writer
          .text(StunAttribute.USERNAME, username)
          .text(StunAttribute.REALM, knownRealm)
          .text(StunAttribute.NONCE, knownNonce)
          .integrity(IntegrityKind.SHA1, key);
    }
    send(writer.toBytes());
    return StunMessage.parse(receive());
  }

  TransportAddress allocate() throws IOException, MalformedStunException {
    StunMessage answer = ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(17));
    TransportAddress relayed = answer.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS);
    if (relayed == null) {
      throw new AssertionError("no allocation");
    }
    return relayed;
  }

  boolean bind(int channel, TransportAddress peer) throws IOException, MalformedStunException {
    return ask(
                StunMethod.CHANNEL_BIND,
                writer ->
                    writer.channelNumber(channel).xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer))
            .messageClass()
        == StunClass.SUCCESS;
  }

  void sendOn(int channel, byte[] data) throws IOException {
    byte[] frame = new byte[4 + data.length];
    frame[0] = (byte) (channel >> 8);
    frame[1] = (byte) channel;
    frame[2] = (byte) (data.length >> 8);
    frame[3] = (byte) data.length;
    System.arraycopy(data, 0, frame, 4, data.length);
    send(frame);
  }

  void send(byte[] bytes) throws IOException {
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  byte[] receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @Override
  public void close() {
    socket.close();
  }
}

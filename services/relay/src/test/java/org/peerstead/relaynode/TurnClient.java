package org.peerstead.relaynode;

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

/** A TURN client over UDP that can allocate, ask for permissions and let go. */
final class TurnClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 5_000;

  private final DatagramSocket socket;
  private final String username;
  private final String password;
  private @Nullable String realm;
  private @Nullable String nonce;
  private int transactions;

  TurnClient(TransportAddress server, String username, String password) throws IOException {
    this.username = username;
    this.password = password;
    socket = new DatagramSocket(new InetSocketAddress(server.ip().toInetAddress(), 0));
    socket.connect(server.ip().toInetAddress(), server.port());
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  /** Error code of the answer; 0 for success. */
  int allocate() throws IOException, MalformedStunException {
    int code = ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(17));
    return code == 401 ? ask(StunMethod.ALLOCATE, writer -> writer.requestedTransport(17)) : code;
  }

  int permit(TransportAddress peer) throws IOException, MalformedStunException {
    return ask(
        StunMethod.CREATE_PERMISSION,
        writer -> writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer));
  }

  int release() throws IOException, MalformedStunException {
    return ask(StunMethod.REFRESH, writer -> writer.uint32(StunAttribute.LIFETIME, 0));
  }

  private int ask(int method, UnaryOperator<StunWriter> attributes)
      throws IOException, MalformedStunException {
    StunWriter writer =
        attributes.apply(StunWriter.request(method, new TransactionId(5, ++transactions)));
    if (realm != null && nonce != null) {
      writer
          .text(StunAttribute.USERNAME, username)
          .text(StunAttribute.REALM, realm)
          .text(StunAttribute.NONCE, nonce)
          .integrity(IntegrityKind.SHA1, LongTermKey.md5(username, realm, password));
    }
    byte[] request = writer.toBytes();
    socket.send(new DatagramPacket(request, request.length));
    DatagramPacket packet = new DatagramPacket(new byte[2_048], 2_048);
    socket.receive(packet);
    StunMessage answer = StunMessage.parse(Arrays.copyOf(packet.getData(), packet.getLength()));
    if (answer.messageClass() == StunClass.SUCCESS) {
      return 0;
    }
    byte[] code = answer.bytes(StunAttribute.ERROR_CODE);
    if (answer.has(StunAttribute.NONCE)) {
      realm = answer.text(StunAttribute.REALM);
      nonce = answer.text(StunAttribute.NONCE);
    }
    return code == null ? -1 : code[2] * 100 + code[3];
  }

  @Override
  public void close() {
    socket.close();
  }
}

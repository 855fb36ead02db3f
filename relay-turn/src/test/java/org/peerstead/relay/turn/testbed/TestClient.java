package org.peerstead.relay.turn.testbed;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IntegrityKind;
import org.peerstead.relay.stun.LongTermKey;
import org.peerstead.relay.stun.MalformedStunException;
import org.peerstead.relay.stun.StunAttribute;
import org.peerstead.relay.stun.StunClass;
import org.peerstead.relay.stun.StunError;
import org.peerstead.relay.stun.StunMessage;
import org.peerstead.relay.stun.StunMethod;
import org.peerstead.relay.stun.StunWriter;
import org.peerstead.relay.stun.TransactionId;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.ClientTransport;

/** A client of a {@link Testbed}, as careful or careless as the test wants. */
public final class TestClient {
  private static final UnaryOperator<StunWriter> NOTHING = writer -> writer;

  private final Testbed bed;
  public int engine;
  public int listener;
  public TransportAddress address;
  public String username = "alice";
  public String password = TestUsers.passwordOf("alice");
  public boolean hasFingerprints;

  /** Null over UDP. */
  public @Nullable MemoryConnection connection;

  private @Nullable String realm;
  private @Nullable String nonce;

  TestClient(Testbed bed, int engine, TransportAddress address) {
    this.bed = bed;
    this.engine = engine;
    this.address = address;
  }

  public TestClient as(String user) {
    username = user;
    password = TestUsers.passwordOf(user);
    return this;
  }

  public TransactionId newTransaction() {
    return new TransactionId(bed.random.nextInt(), bed.random.nextLong());
  }

  /** From now on this client comes over a connection. */
  public TestClient over(ClientTransport transport) {
    connection = new MemoryConnection(transport, address);
    return this;
  }

  public void send(byte[] bytes) {
    MemoryConnection over = connection;
    if (over == null) {
      bed.receive(engine, listener, address, bytes);
    } else {
      bed.receive(engine, over, bytes);
    }
  }

  /** What has arrived here since the last call. */
  public List<byte[]> received() {
    MemoryConnection over = connection;
    if (over != null) {
      List<byte[]> sent = List.copyOf(over.sent);
      over.sent.clear();
      return sent;
    }
    List<byte[]> mine = new ArrayList<>();
    for (MemoryShell shell : bed.shells) {
      Iterator<MemoryShell.ToClient> all = shell.toClients.iterator();
      while (all.hasNext()) {
        MemoryShell.ToClient one = all.next();
        if (one.client().equals(address)) {
          mine.add(one.bytes());
          all.remove();
        }
      }
    }
    return mine;
  }

  /** A request as it goes out: with credentials once the server has asked for them. */
  public byte[] request(int method, TransactionId id, UnaryOperator<StunWriter> attributes) {
    StunWriter writer = attributes.apply(StunWriter.request(method, id));
    String knownRealm = realm;
    String knownNonce = nonce;
    if (knownRealm != null && knownNonce != null) {
      writer
          .text(StunAttribute.USERNAME, username)
          .text(StunAttribute.REALM, knownRealm)
          .text(StunAttribute.NONCE, knownNonce)
          .integrity(IntegrityKind.SHA1, LongTermKey.md5(username, knownRealm, password));
    }
    if (hasFingerprints) {
      writer.fingerprint();
    }
    return writer.toBytes();
  }

  /** Sends a request and gives the answer, after the server's challenge if there is one. */
  public StunMessage ask(int method, UnaryOperator<StunWriter> attributes) {
    StunMessage answer = exchange(request(method, newTransaction(), attributes));
    int code = errorCode(answer);
    if (code == StunError.STALE_NONCE || (code == StunError.UNAUTHENTICATED && nonce == null)) {
      learn(answer);
      answer = exchange(request(method, newTransaction(), attributes));
    }
    return answer;
  }

  /** Sends bytes and gives the one answer to them. */
  public StunMessage exchange(byte[] request) {
    received();
    send(request);
    List<byte[]> answers = received();
    if (answers.size() != 1) {
      throw new AssertionError(answers.size() + " answers");
    }
    return parse(answers.getFirst());
  }

  /** Takes realm and nonce from a challenge. */
  public void learn(StunMessage challenge) {
    try {
      realm = challenge.text(StunAttribute.REALM);
      nonce = challenge.text(StunAttribute.NONCE);
    } catch (MalformedStunException e) {
      throw new AssertionError(e);
    }
  }

  public StunMessage allocate(UnaryOperator<StunWriter> more) {
    return ask(StunMethod.ALLOCATE, writer -> more.apply(writer.requestedTransport(17)));
  }

  /** Allocates and gives the relayed address. */
  public TransportAddress allocate() {
    StunMessage answer = allocate(NOTHING);
    try {
      TransportAddress relayed = answer.xorAddress(StunAttribute.XOR_RELAYED_ADDRESS);
      if (relayed == null) {
        throw new AssertionError("refused with " + errorCode(answer));
      }
      return relayed;
    } catch (MalformedStunException e) {
      throw new AssertionError(e);
    }
  }

  public StunMessage refresh(long lifetimeSeconds) {
    return ask(
        StunMethod.REFRESH, writer -> writer.uint32(StunAttribute.LIFETIME, lifetimeSeconds));
  }

  public StunMessage permit(TransportAddress... peers) {
    return ask(
        StunMethod.CREATE_PERMISSION,
        writer -> {
          for (TransportAddress peer : peers) {
            writer.xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer);
          }
          return writer;
        });
  }

  public StunMessage bind(int channel, TransportAddress peer) {
    return ask(
        StunMethod.CHANNEL_BIND,
        writer -> writer.channelNumber(channel).xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer));
  }

  public void sendIndication(TransportAddress peer, byte[] data) {
    send(
        StunWriter.indication(StunMethod.SEND, newTransaction())
            .xorAddress(StunAttribute.XOR_PEER_ADDRESS, peer)
            .bytes(StunAttribute.DATA, data)
            .toBytes());
  }

  public void sendChannelData(int channel, byte[] data) {
    byte[] frame = new byte[4 + data.length];
    frame[0] = (byte) (channel >> 8);
    frame[1] = (byte) channel;
    frame[2] = (byte) (data.length >> 8);
    frame[3] = (byte) data.length;
    System.arraycopy(data, 0, frame, 4, data.length);
    send(frame);
  }

  public static StunMessage parse(byte[] bytes) {
    try {
      return StunMessage.parse(bytes);
    } catch (MalformedStunException e) {
      throw new AssertionError(e);
    }
  }

  /** The code of an error answer; 0 of a success. */
  public static int errorCode(StunMessage answer) {
    if (answer.messageClass() == StunClass.SUCCESS) {
      return 0;
    }
    byte[] value = answer.bytes(StunAttribute.ERROR_CODE);
    if (value == null) {
      throw new AssertionError("neither success nor error");
    }
    return value[2] * 100 + value[3];
  }
}

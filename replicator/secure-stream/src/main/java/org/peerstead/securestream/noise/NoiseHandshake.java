package org.peerstead.securestream.noise;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.PointAgreement;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException.Reason;

/**
 * One side of one handshake, message by message.
 *
 * <pre>
 * XX  -> e                    32 bytes + payload
 *     <- e, ee, s, es         96 bytes + payload
 *     -> s, se                64 bytes + payload
 * IK  (the initiator knows the responder's static key)
 *     -> e, es, s, ss         96 bytes + payload
 *     <- e, ee, se            48 bytes + payload
 *
 * from      to        when
 * WRITE     READ      write() of a message that is not the last
 * READ      WRITE     read() of a message that is not the last
 * either    COMPLETE  the last message was written or read
 * any       FAILED    a read() or write() failed: everything is forgotten
 * </pre>
 *
 * <p>The first payload of XX travels in the clear, and the first one of IK may be replayed by
 * others. Not thread-safe. Call {@link #close} on a handshake that is given up.
 */
public final class NoiseHandshake {
  /** Largest message that Noise allows, in bytes. */
  public static final int MAX_MESSAGE_BYTES = 65_535;

  /** Where the handshake stands. */
  public enum State {
    /** It is our turn: {@link #write}. */
    WRITE,
    /** It is the other side's turn: {@link #read}. */
    READ,
    /** Both sides have the keys: {@link #session}. */
    COMPLETE,
    /** Given up. */
    FAILED
  }

  private enum Token {
    E,
    S,
    EE,
    ES,
    SE,
    SS
  }

  private enum Pattern {
    XX(
        List.of(
            List.of(Token.E),
            List.of(Token.E, Token.EE, Token.S, Token.ES),
            List.of(Token.S, Token.SE))),
    IK(
        List.of(
            List.of(Token.E, Token.ES, Token.S, Token.SS), List.of(Token.E, Token.EE, Token.SE)));

    private final List<List<Token>> messages;

    Pattern(List<List<Token>> messages) {
      this.messages = messages;
    }
  }

  private final Pattern pattern;
  private final Role role;
  private final SymmetricState symmetric;
  private @Nullable KeyPair ownStatic;
  private @Nullable KeyPair ownEphemeral;
  private @Nullable Fixed32 remoteStatic;
  private @Nullable Fixed32 remoteEphemeral;
  private @Nullable NoiseSession session;
  private int step;
  private State state;

  private NoiseHandshake(
      Pattern pattern,
      Role role,
      KeyPair ownStatic,
      KeyPair ownEphemeral,
      @Nullable Fixed32 remoteStatic,
      Slice prologue) {
    this.pattern = pattern;
    this.role = role;
    this.ownStatic = ownStatic;
    this.ownEphemeral = ownEphemeral;
    this.remoteStatic = remoteStatic;
    this.state = role == Role.INITIATOR ? State.WRITE : State.READ;
    this.symmetric = new SymmetricState("Noise_" + pattern + "_Ed25519_ChaChaPoly_BLAKE2b");
    symmetric.mixHash(prologue.array(), prologue.offset(), prologue.length());
    if (pattern == Pattern.IK) {
      Fixed32 responder = remoteStatic == null ? ownStatic.publicKey() : remoteStatic;
      symmetric.mixHash(responder.toBytes(), 0, Fixed32.SIZE);
    }
  }

  /**
   * A handshake in which both sides learn the other's static key.
   *
   * @param ephemeral a fresh key pair, never used before or after
   * @param prologue what both sides must agree on; empty on streams over TCP
   */
  public static NoiseHandshake xx(Role role, KeyPair own, KeyPair ephemeral, Slice prologue) {
    return new NoiseHandshake(Pattern.XX, role, own, ephemeral, null, prologue);
  }

  /**
   * The opening side of a handshake with a known peer.
   *
   * @param ephemeral a fresh key pair, never used before or after
   * @param responder the peer's static key
   */
  public static NoiseHandshake ikInitiator(
      KeyPair own, KeyPair ephemeral, Fixed32 responder, Slice prologue) {
    return new NoiseHandshake(Pattern.IK, Role.INITIATOR, own, ephemeral, responder, prologue);
  }

  /**
   * The accepting side of a handshake by somebody who knows our static key.
   *
   * @param ephemeral a fresh key pair, never used before or after
   */
  public static NoiseHandshake ikResponder(KeyPair own, KeyPair ephemeral, Slice prologue) {
    return new NoiseHandshake(Pattern.IK, Role.RESPONDER, own, ephemeral, null, prologue);
  }

  /** Where the handshake stands. */
  public State state() {
    return state;
  }

  /**
   * Our next message.
   *
   * @param payload what the other side receives with it; at most 65,535 bytes with the overhead
   * @throws NoiseException with {@code INVALID_POINT} when the known static key of an IK responder
   *     is no key; the handshake has failed then
   * @throws IllegalStateException when it is not our turn
   */
  public byte[] write(Slice payload) throws NoiseException {
    expect(State.WRITE);
    if (payload.length() > MAX_MESSAGE_BYTES - 128) {
      throw new IllegalArgumentException("payload of " + payload.length() + " bytes");
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream(96 + 16 + payload.length());
    try {
      for (Token token : pattern.messages.get(step)) {
        switch (token) {
          case E -> {
            byte[] key = known(ownEphemeral).publicKey().toBytes();
            symmetric.mixHash(key, 0, key.length);
            message.writeBytes(key);
          }
          case S ->
              message.writeBytes(symmetric.encryptAndHash(known(ownStatic).publicKey().toSlice()));
          case EE, ES, SE, SS -> agree(token);
        }
      }
    } catch (NoiseException e) {
      close();
      throw e;
    }
    message.writeBytes(symmetric.encryptAndHash(payload));
    advance(State.READ);
    return message.toByteArray();
  }

  /**
   * Takes the other side's next message in.
   *
   * @return its payload
   * @throws NoiseException when it does not continue this handshake, which has failed then
   * @throws IllegalStateException when it is not the other side's turn
   */
  public byte[] read(Slice message) throws NoiseException {
    expect(State.READ);
    byte[] payload;
    try {
      payload = readFields(message.toByteArray());
    } catch (NoiseException e) {
      close();
      throw e;
    }
    advance(State.WRITE);
    return payload;
  }

  private byte[] readFields(byte[] message) throws NoiseException {
    if (message.length > MAX_MESSAGE_BYTES) {
      throw new NoiseException(
          Reason.BAD_LENGTH, message.length + " bytes above " + MAX_MESSAGE_BYTES);
    }
    int position = 0;
    for (Token token : pattern.messages.get(step)) {
      switch (token) {
        case E -> {
          require(message, position, Fixed32.SIZE);
          remoteEphemeral = Fixed32.of(message, position);
          symmetric.mixHash(message, position, Fixed32.SIZE);
          position += Fixed32.SIZE;
        }
        case S -> {
          int size = Fixed32.SIZE + (symmetric.hasKey() ? SymmetricState.MAC_BYTES : 0);
          require(message, position, size);
          remoteStatic = Fixed32.of(symmetric.decryptAndHash(message, position, size));
          position += size;
        }
        case EE, ES, SE, SS -> agree(token);
      }
    }
    require(message, position, symmetric.hasKey() ? SymmetricState.MAC_BYTES : 0);
    return symmetric.decryptAndHash(message, position, message.length - position);
  }

  /**
   * The other side's static key, for the responder of IK before it answers.
   *
   * @throws IllegalStateException when it is not known yet, or not here any more
   */
  public Fixed32 remotePublicKey() {
    return known(remoteStatic);
  }

  /** The result of a complete handshake. */
  public NoiseSession session() {
    expect(State.COMPLETE);
    return known(session);
  }

  /** Gives up and forgets all keys; does nothing to a handshake that is complete. */
  public void close() {
    if (state != State.COMPLETE) {
      state = State.FAILED;
      forget();
    }
  }

  private void agree(Token token) throws NoiseException {
    boolean isOwnEphemeral =
        token == Token.EE || (token == Token.ES) == (role == Role.INITIATOR) && token != Token.SS;
    boolean isRemoteEphemeral =
        token == Token.EE || (token == Token.SE) == (role == Role.INITIATOR) && token != Token.SS;
    KeyPair own = known(isOwnEphemeral ? ownEphemeral : ownStatic);
    Fixed32 remote = known(isRemoteEphemeral ? remoteEphemeral : remoteStatic);
    try {
      symmetric.mixKey(PointAgreement.agree(own, remote));
    } catch (CryptoException e) {
      throw new NoiseException(Reason.INVALID_POINT, token + ": " + e.getMessage());
    }
  }

  private void advance(State next) {
    step++;
    state = next;
    if (step == pattern.messages.size()) {
      byte[][] keys = symmetric.split();
      int transmit = role == Role.INITIATOR ? 0 : 1;
      session =
          new NoiseSession(
              role,
              keys[transmit],
              keys[1 - transmit],
              Slice.of(symmetric.hash()),
              known(remoteStatic));
      state = State.COMPLETE;
      forget();
    }
  }

  private void forget() {
    symmetric.wipe();
    ownStatic = null;
    ownEphemeral = null;
    remoteStatic = null;
    remoteEphemeral = null;
  }

  private void expect(State expected) {
    if (state != expected) {
      throw new IllegalStateException("handshake is in state " + state + ", not " + expected);
    }
  }

  private static void require(byte[] message, int position, int size) throws NoiseException {
    if (message.length - position < size) {
      throw new NoiseException(
          Reason.BAD_LENGTH,
          "field of " + size + " bytes at " + position + " of " + message.length);
    }
  }

  private static <T> T known(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the pattern uses a key before it is known");
    }
    return value;
  }
}

package org.peerstead.securestream.stream;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.Entropy;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.securestream.noise.NoiseException;
import org.peerstead.securestream.noise.NoiseHandshake;
import org.peerstead.securestream.noise.NoiseSession;
import org.peerstead.securestream.noise.Role;
import org.peerstead.securestream.stream.StreamException.Reason;

/**
 * One end of an encrypted, authenticated stream of messages, without input and output.
 *
 * <pre>
 * from       to      when
 * HANDSHAKE  HEADER  the Noise XX handshake is complete; our header is queued, send() works
 * HEADER     OPEN    the other side's header arrived and was made for this connection
 * OPEN       ENDED   remoteEnded() between two frames
 * any        FAILED  bytes, an early end or silence that end the stream
 * any        ENDED   close()
 * </pre>
 *
 * <p>Contract: one input ({@link #receive}, {@link #onDeadline}, {@link #send}, ...), then {@link
 * #poll} until it returns null, then wait for bytes or until {@link #nextDeadlineNanos}. Time is
 * any clock that never runs backwards. What one input produces is bounded by its size: nothing is
 * held back but one incomplete frame and what has not been polled.
 *
 * <p>On the wire each frame is {@code uint24 length | content}. Handshake messages come first, then
 * {@code stream id (32) | secretstream header (24)} once per direction, then messages. Per message
 * received there is one array, which holds frame and plain bytes and belongs to whoever polls it;
 * per message sent there is one, which is the frame.
 *
 * <p>Not thread-safe: one event loop or one thread owns it.
 */
public final class SecretStream {
  /** Content of the header frame: stream id and secretstream header. */
  public static final int HEADER_FRAME_BYTES = Fixed32.SIZE + SecretStreamPush.HEADER_BYTES;

  /** Largest message that fits a frame: 16,777,198 bytes. */
  public static final int MAX_MESSAGE_BYTES =
      FrameAssembler.MAX_CONTENT_BYTES - SecretStreamPush.OVERHEAD_BYTES;

  /**
   * Largest content of a frame before the stream is open: who has proven nothing gets no more
   * memory. The frames of XX without payload have at most 96 bytes.
   */
  public static final int MAX_HANDSHAKE_FRAME_BYTES = 1_024;

  /** {@link #nextDeadlineNanos} when there is none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** Where the stream stands. */
  public enum State {
    /** Noise messages are exchanged. */
    HANDSHAKE,
    /** Keys are known, the other side's header is not: we may send. */
    HEADER,
    /** Messages flow both ways. */
    OPEN,
    /** Over, without a fault. */
    ENDED,
    /** Over because of a fault. */
    FAILED
  }

  /** What the stream wants from its surroundings. */
  public sealed interface Output {
    /** Write these bytes to the raw stream, in this order. */
    record Transmit(Slice bytes) implements Output {}

    /** The other side is known and proven; messages may be sent. */
    record Connected(NoiseSession session) implements Output {}

    /** A message arrived. Empty ones appear only without keep-alive. */
    record Message(Slice plain) implements Output {}

    /** The other side ended the stream; close the raw stream. */
    record Ended() implements Output {}

    /** The stream is over; destroy the raw stream. */
    record Failed(Reason reason, String message) implements Output {}
  }

  private final SecretStreamConfig config;
  private final Entropy entropy;
  private final FrameAssembler frames;
  private final Queue<Output> outputs = new ArrayDeque<>();
  private @Nullable NoiseHandshake handshake;
  private @Nullable NoiseSession session;
  private @Nullable SecretStreamPush push;
  private @Nullable SecretStreamPull pull;
  private State state = State.HANDSHAKE;
  private int pendingBytes;
  private long lastSentNanos;
  private long lastReceivedNanos;

  private SecretStream(SecretStreamConfig config, Entropy entropy, long nowNanos) {
    this.config = config;
    this.entropy = entropy;
    this.frames = new FrameAssembler(Math.min(config.maxFrameBytes(), MAX_HANDSHAKE_FRAME_BYTES));
    this.lastSentNanos = nowNanos;
    this.lastReceivedNanos = nowNanos;
  }

  /**
   * A stream that begins with its own handshake, pattern XX with empty prologue and payloads: the
   * way over TCP.
   *
   * @param role whether we opened the raw stream
   * @param own our static key pair
   * @param entropy source of the ephemeral key and the header
   */
  public static SecretStream overRawStream(
      Role role, KeyPair own, Entropy entropy, SecretStreamConfig config, long nowNanos) {
    SecretStream stream = new SecretStream(config, entropy, nowNanos);
    NoiseHandshake handshake = NoiseHandshake.xx(role, own, KeyPair.generate(entropy), Slice.EMPTY);
    stream.handshake = handshake;
    try {
      stream.writeHandshake(handshake, nowNanos);
    } catch (NoiseException e) {
      throw new IllegalStateException("the first message of XX needs nothing from others", e);
    }
    return stream;
  }

  /** A stream whose handshake took place elsewhere: the way of HyperDHT. */
  public static SecretStream afterHandshake(
      NoiseSession session, Entropy entropy, SecretStreamConfig config, long nowNanos) {
    SecretStream stream = new SecretStream(config, entropy, nowNanos);
    stream.connected(session, nowNanos);
    return stream;
  }

  /**
   * The id that {@code sender} puts into its header: tells both ends apart from any other stream.
   */
  public static Fixed32 streamId(Slice handshakeHash, Role sender) {
    return Blake2b.keyedHash(
        handshakeHash, Namespaces.of(Namespaces.SECRET_STREAM, 2).get(sender.ordinal()).toSlice());
  }

  /** Where the stream stands. */
  public State state() {
    return state;
  }

  /** Bytes to be transmitted that nobody has polled yet. */
  public int pendingBytes() {
    return pendingBytes;
  }

  /** Bytes held of a frame that is not complete. */
  public int heldBytes() {
    return frames.heldBytes();
  }

  /** The next thing to do, or null when there is nothing. */
  public @Nullable Output poll() {
    Output output = outputs.poll();
    if (output instanceof Output.Transmit(Slice bytes)) {
      pendingBytes -= bytes.length();
    }
    return output;
  }

  /**
   * When {@link #onDeadline} wants to be called, in the time of the inputs; {@link #NO_DEADLINE}
   * when never.
   */
  public long nextDeadlineNanos() {
    if (isOver()) {
      return NO_DEADLINE;
    }
    long deadline = NO_DEADLINE;
    if (config.timeoutNanos() > 0) {
      deadline = lastReceivedNanos + config.timeoutNanos();
    }
    if (config.keepAliveNanos() > 0 && push != null) {
      deadline = Math.min(deadline, lastSentNanos + config.keepAliveNanos());
    }
    return deadline;
  }

  /** Time has passed: keeps the connection alive, or gives it up. Too early is harmless. */
  public void onDeadline(long nowNanos) {
    if (isOver()) {
      return;
    }
    if (config.timeoutNanos() > 0 && nowNanos - lastReceivedNanos >= config.timeoutNanos()) {
      fail(Reason.TIMED_OUT, "nothing received for " + config.timeoutNanos() / 1_000_000 + " ms");
      return;
    }
    if (config.keepAliveNanos() > 0
        && push != null
        && nowNanos - lastSentNanos >= config.keepAliveNanos()) {
      transmit(push, Slice.EMPTY, nowNanos);
    }
  }

  /**
   * Sends one message.
   *
   * @param plain 0 to {@link #MAX_MESSAGE_BYTES}; copied before the method returns
   * @return false when it was not sent, because more than the configured bytes wait to be polled
   * @throws IllegalStateException before the handshake is complete and after the end
   */
  public boolean send(long nowNanos, Slice plain) {
    if (push == null || isOver()) {
      throw new IllegalStateException("cannot send in state " + state);
    }
    if (plain.length() > MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException(
          "message of " + plain.length() + " bytes above " + MAX_MESSAGE_BYTES);
    }
    if (pendingBytes > config.maxPendingBytes()) {
      return false;
    }
    transmit(push, plain, nowNanos);
    return true;
  }

  /** Bytes arrived from the raw stream; they are copied. Ignored once the stream is over. */
  public void receive(long nowNanos, Slice bytes) {
    lastReceivedNanos = nowNanos;
    FrameAssembler.Input input = new FrameAssembler.Input(bytes);
    try {
      while (!isOver()) {
        Slice frame = frames.next(input);
        if (frame == null) {
          return;
        }
        onFrame(frame, nowNanos);
      }
    } catch (StreamException e) {
      fail(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /** The other side ended the raw stream. */
  public void remoteEnded() {
    if (isOver()) {
      return;
    }
    if (state != State.OPEN || frames.isInsideFrame()) {
      fail(Reason.ENDED_EARLY, "ended in state " + state + " or inside a frame");
      return;
    }
    finish(State.ENDED);
    outputs.add(new Output.Ended());
  }

  /** We end the stream: what was sent may still be polled, nothing more is accepted. */
  public void close() {
    if (!isOver()) {
      finish(State.ENDED);
    }
  }

  private void onFrame(Slice frame, long nowNanos) throws StreamException {
    switch (state) {
      case HANDSHAKE -> onHandshake(frame, nowNanos);
      case HEADER -> onHeader(frame);
      case OPEN -> onMessage(frame);
      case ENDED, FAILED -> throw new IllegalStateException("a frame after the end");
    }
  }

  private void onHandshake(Slice frame, long nowNanos) throws StreamException {
    NoiseHandshake noise = present(handshake);
    try {
      noise.read(frame);
      writeHandshake(noise, nowNanos);
    } catch (NoiseException e) {
      throw new StreamException(Reason.HANDSHAKE_FAILED, e.reason() + ": " + e.getMessage());
    }
  }

  private void writeHandshake(NoiseHandshake noise, long nowNanos) throws NoiseException {
    if (noise.state() == NoiseHandshake.State.WRITE) {
      byte[] message = noise.write(Slice.EMPTY);
      byte[] frame = newFrame(message.length);
      System.arraycopy(message, 0, frame, FrameAssembler.LENGTH_BYTES, message.length);
      queue(frame, nowNanos);
    }
    if (noise.state() == NoiseHandshake.State.COMPLETE) {
      handshake = null;
      connected(noise.session(), nowNanos);
    }
  }

  private void connected(NoiseSession result, long nowNanos) {
    session = result;
    push = new SecretStreamPush(result.transmitKey(), entropy);
    state = State.HEADER;
    outputs.add(new Output.Connected(result));
    byte[] frame = newFrame(HEADER_FRAME_BYTES);
    streamId(result.handshakeHash(), result.role()).copyTo(frame, FrameAssembler.LENGTH_BYTES);
    push.header().copyTo(frame, FrameAssembler.LENGTH_BYTES + Fixed32.SIZE);
    queue(frame, nowNanos);
  }

  private void onHeader(Slice frame) throws StreamException {
    NoiseSession known = present(session);
    if (frame.length() != HEADER_FRAME_BYTES) {
      throw new StreamException(Reason.BAD_HEADER, "a header has 56 bytes, not " + frame.length());
    }
    Slice expected = streamId(known.handshakeHash(), known.role().other()).toSlice();
    if (!frame.range(0, Fixed32.SIZE).equals(expected)) {
      throw new StreamException(Reason.BAD_HEADER, "header of another stream");
    }
    pull = new SecretStreamPull(known.receiveKey(), frame.range(Fixed32.SIZE, HEADER_FRAME_BYTES));
    state = State.OPEN;
    frames.limit(config.maxFrameBytes());
  }

  private void onMessage(Slice frame) throws StreamException {
    Slice plain = present(pull).pullInPlace(frame);
    if (!plain.isEmpty() || config.keepAliveNanos() == 0) {
      outputs.add(new Output.Message(plain));
    }
  }

  private void transmit(SecretStreamPush encryptor, Slice plain, long nowNanos) {
    byte[] frame = newFrame(plain.length() + SecretStreamPush.OVERHEAD_BYTES);
    encryptor.push(plain, frame, FrameAssembler.LENGTH_BYTES);
    queue(frame, nowNanos);
  }

  private static byte[] newFrame(int contentBytes) {
    byte[] frame = new byte[FrameAssembler.LENGTH_BYTES + contentBytes];
    frame[0] = (byte) contentBytes;
    frame[1] = (byte) (contentBytes >>> 8);
    frame[2] = (byte) (contentBytes >>> 16);
    return frame;
  }

  private void queue(byte[] frame, long nowNanos) {
    lastSentNanos = nowNanos;
    pendingBytes += frame.length;
    outputs.add(new Output.Transmit(Slice.of(frame)));
  }

  private void fail(Reason reason, String message) {
    finish(State.FAILED);
    outputs.add(new Output.Failed(reason, message));
  }

  private void finish(State last) {
    state = last;
    if (handshake != null) {
      handshake.close();
    }
    if (push != null) {
      push.wipe();
    }
    if (pull != null) {
      pull.wipe();
    }
    handshake = null;
  }

  private boolean isOver() {
    return state == State.ENDED || state == State.FAILED;
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("state without what belongs to it");
    }
    return value;
  }
}

package org.peerstead.securestream.protomux;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * One end of a multiplexed connection, without input and output.
 *
 * <pre>
 * our channel      when
 * OPENING          open() before the other side opened the same name
 * OPENING -> OPEN  the other side opens the name, or had already opened it at open()
 * any -> CLOSED    close(), the other side's close, or its reject
 *
 * other side's id  when
 * free -> waiting  it opens a name that we have not opened: OpenRequested, data is held back
 * waiting -> used  we open() that name: the data follows in its order
 * waiting -> free  reject(), or it closes what it asked for
 * used -> free     either side closes
 * </pre>
 *
 * <p>Contract: one {@link #receive}, then {@link #poll} until it returns null; a batch is decoded
 * while it is polled, so a batch of a million items costs no more memory than one item. A driver
 * answers every {@link Output.OpenRequested} with {@link #open} or {@link #reject}, and stops
 * reading from the stream while {@link #isReadingPaused}. There is no back pressure message in this
 * protocol: a driver whose stream is full stops answering requests.
 *
 * <p>Each side numbers its channels by itself. An id is used again once the other side has answered
 * the open that used it, never before: until then its answer could be mistaken.
 *
 * <p>Differs from protomux 3.12.1: batches inside batches and items that reach over the end of
 * their batch end the connection; a name that the other side asks for and closes again before our
 * answer is rejected at once, where npm would open a channel with nobody behind it.
 *
 * <p>Not thread-safe.
 */
public final class Protomux {
  private static final int CONTROL = 0;
  private static final int BATCH = 0;
  private static final int OPEN = 1;
  private static final int REJECT = 2;
  private static final int CLOSE = 3;

  /** For ids and lengths around the items of a batch of few. */
  private static final int BATCH_ROOM_BYTES = 64;

  /** What a buffered message costs beside its bytes, as npm counts it. */
  private static final int BUFFERED_OVERHEAD_BYTES = 512;

  private static final int MAX_MESSAGE_TYPE = 0xffff;

  /** From here on a batch saves nothing, and costs a copy for its growth. */
  private static final int LARGE_PAYLOAD_BYTES = 16 << 10;

  /** Why a connection cannot go on; fit for a metric label. */
  public enum Failure {
    /** A message that does not decode. */
    MALFORMED,
    /** An open with an id that is in use or skips others. */
    BAD_CHANNEL_ID,
    /** A reject of something that does not wait for an answer. */
    BAD_REJECT,
    /** More channels than configured. */
    TOO_MANY_CHANNELS,
    /** More unanswered opens and data behind them than configured. */
    TOO_MUCH_BUFFERED
  }

  /** What the multiplexer wants from its surroundings. */
  public sealed interface Output {
    /** Send these bytes as one message of the stream. */
    record Transmit(Slice message) implements Output {}

    /** The other side opened a name that we have not: answer with open or reject. */
    record OpenRequested(ChannelName name, Slice handshake) implements Output {}

    /** Both sides opened; {@code handshake} is the other side's. */
    record Opened(Channel channel, Slice handshake) implements Output {}

    /** A message of an open channel. Types that the protocol does not know are to be ignored. */
    record Message(Channel channel, int type, Slice payload) implements Output {}

    /** The other side closed the channel. */
    record Closed(Channel channel) implements Output {}

    /** The other side does not have what we opened; it may be opened again later. */
    record Rejected(Channel channel) implements Output {}

    /** The connection is to be destroyed; all channels are closed. */
    record Failed(Failure reason, String message) implements Output {}
  }

  private record Buffered(int type, Slice payload) {}

  /** An id of the other side in use: with our channel, or waiting for our answer. */
  private static final class Remote {
    final ChannelName name;
    final Slice handshake;
    final Queue<Buffered> waiting = new ArrayDeque<>();
    @Nullable Channel channel;
    int bufferedBytes;
    int dataBytes;

    Remote(ChannelName name, Slice handshake) {
      this.name = name;
      this.handshake = handshake;
    }
  }

  private final ProtomuxConfig config;
  private final Queue<Output> outputs = new ArrayDeque<>();

  /** By our id - 1; null when free, or closed by us and not answered yet. */
  private final List<@Nullable Channel> locals = new ArrayList<>();

  private final TreeSet<Integer> freeLocalIds = new TreeSet<>();

  /** By the other side's id - 1. */
  private final List<@Nullable Remote> remotes = new ArrayList<>();

  /** Our opens that the other side has not answered, oldest first, under each of their names. */
  private final Map<ChannelName, Deque<Integer>> outgoing = new HashMap<>();

  /** All names of an unanswered open, by our id. */
  private final Map<Integer, List<ChannelName>> outgoingNames = new HashMap<>();

  /** The other side's ids that wait for our answer, oldest first. */
  private final Map<ChannelName, Deque<Integer>> incoming = new HashMap<>();

  private @Nullable CompactReader receivedBatch;
  private int receivedBatchChannel;
  private int corks;
  private @Nullable CompactWriter batch;
  private int batchChannel;
  private int lastBatchBytes;
  private int bufferedBytes;
  private int bufferedDataBytes;
  private boolean hasFailed;

  /** An end without channels. */
  public Protomux(ProtomuxConfig config) {
    this.config = config;
  }

  /** The next thing to do, or null when there is nothing and the next message may be received. */
  public @Nullable Output poll() {
    while (true) {
      Output output = outputs.poll();
      if (output == null) {
        if (receivedBatch == null) {
          return null;
        }
        receiveNextItem(receivedBatch);
      } else if (!isForClosedChannel(output)) {
        return output;
      }
    }
  }

  private static boolean isForClosedChannel(Output output) {
    return switch (output) {
      case Output.Opened(Channel channel, Slice handshake) ->
          channel.state() == Channel.State.CLOSED;
      case Output.Message(Channel channel, int type, Slice payload) ->
          channel.state() == Channel.State.CLOSED;
      case Output.Transmit transmit -> false;
      case Output.OpenRequested requested -> false;
      case Output.Closed closed -> false;
      case Output.Rejected rejected -> false;
      case Output.Failed failed -> false;
    };
  }

  /** Whether the driver should stop reading until opens have been answered. */
  public boolean isReadingPaused() {
    return bufferedDataBytes > config.pauseBytes();
  }

  /** Whether the connection has failed or was shut down; then every input is ignored. */
  public boolean hasFailed() {
    return hasFailed;
  }

  /** Bytes held for opens that wait for our answer, 512 for each open and message included. */
  public int bufferedBytes() {
    return bufferedBytes;
  }

  /**
   * Opens a channel, or answers the other side's wish for it.
   *
   * @param aliases other protocol names under which the other side may open the same
   * @param handshake first bytes of the channel, at the protocol's choice
   * @throws IllegalStateException when as many channels as configured are in use, or after failure
   */
  public Channel open(ChannelName name, List<String> aliases, Slice handshake) {
    if (hasFailed) {
      throw new IllegalStateException("the connection has failed");
    }
    Channel channel = new Channel(name, List.copyOf(aliases), takeLocalId());
    locals.set(channel.localId() - 1, channel);
    sendControl(
        new CompactWriter(32 + name.protocol().length() + name.id().length() + handshake.length())
            .uint(OPEN)
            .uint(channel.localId())
            .string(name.protocol())
            .buffer(name.id())
            .raw(handshake));
    int remoteId = takeIncoming(channel.names());
    if (remoteId == 0) {
      outgoingNames.put(channel.localId(), channel.names());
      for (ChannelName each : channel.names()) {
        outgoing.computeIfAbsent(each, key -> new ArrayDeque<>()).add(channel.localId());
      }
    } else {
      Remote remote = present(remotes.get(remoteId - 1));
      release(remote);
      pair(channel, remote, remoteId);
      for (Buffered message : remote.waiting) {
        outputs.add(new Output.Message(channel, message.type(), message.payload()));
      }
      remote.waiting.clear();
    }
    return channel;
  }

  /**
   * Tells the other side that we do not have what it asked for. Does nothing when it no longer
   * waits for an answer.
   */
  public void reject(ChannelName name) {
    int remoteId = takeIncoming(List.of(name));
    if (remoteId != 0) {
      rejectId(remoteId);
    }
  }

  /** Closes our end; the other side is told. Does nothing to a closed channel. */
  public void close(Channel channel) {
    if (channel.state() == Channel.State.CLOSED) {
      return;
    }
    int localId = channel.localId();
    forget(channel);
    sendControl(new CompactWriter(8).uint(CLOSE).uint(localId));
  }

  /**
   * Sends one message; ignored when the channel is closed, which the other side may have done a
   * moment ago.
   *
   * @param type number of the message in its protocol, 0 or more
   * @param payload copied before the method returns
   */
  public void send(Channel channel, int type, Slice payload) {
    if (channel.state() == Channel.State.CLOSED) {
      return;
    }
    if (corks > 0 && payload.length() < LARGE_PAYLOAD_BYTES) {
      beginItem(channel.localId(), CompactWriter.sizeOfUint(type) + payload.length())
          .uint(type)
          .raw(payload);
      flushLargeBatch();
    } else {
      flush();
      outputs.add(
          new Output.Transmit(
              new CompactWriter(10 + payload.length())
                  .uint(channel.localId())
                  .uint(type)
                  .raw(payload)
                  .toSlice()));
    }
  }

  /**
   * From here everything is collected into one message, except that a large payload is a message of
   * its own, in its place. May be nested.
   */
  public void cork() {
    corks++;
  }

  /** Sends what was collected, when this is the outermost call. */
  public void uncork() {
    if (corks == 0) {
      throw new IllegalStateException("uncork without cork");
    }
    if (--corks == 0) {
      flush();
    }
  }

  /**
   * Takes one message of the stream in. Slices in the outputs look into its array, which must not
   * change until they have been used; what is held longer is copied.
   *
   * @throws IllegalStateException when the previous message was not polled to its end
   */
  public void receive(Slice message) {
    if (receivedBatch != null) {
      throw new IllegalStateException("the previous message was not polled to its end");
    }
    // Keep-alives are empty.
    if (message.isEmpty() || hasFailed) {
      return;
    }
    try {
      CompactReader reader = message.reader();
      receive(channelId(reader), reader, false);
    } catch (EncodingException e) {
      fail(Failure.MALFORMED, e.reason() + ": " + e.getMessage());
    } catch (ProtomuxException e) {
      fail(e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /** The stream is over: all channels are closed, without outputs. */
  public void shutDown() {
    hasFailed = true;
    for (Channel channel : locals) {
      if (channel != null) {
        channel.closed();
      }
    }
    locals.clear();
    remotes.clear();
    outgoing.clear();
    outgoingNames.clear();
    incoming.clear();
    outputs.clear();
    receivedBatch = null;
    batch = null;
    bufferedBytes = 0;
    bufferedDataBytes = 0;
  }

  private void receive(int remoteId, CompactReader reader, boolean isInBatch)
      throws EncodingException, ProtomuxException {
    if (remoteId != CONTROL) {
      onMessage(remoteId, reader);
      return;
    }
    switch (reader.uint(MAX_MESSAGE_TYPE)) {
      case BATCH -> {
        if (isInBatch) {
          throw new ProtomuxException(Failure.MALFORMED, "a batch inside a batch");
        }
        receivedBatchChannel = channelId(reader);
        receivedBatch = reader;
      }
      case OPEN -> onOpen(reader);
      case REJECT -> onReject(channelId(reader));
      case CLOSE -> onClose(channelId(reader));
      default -> {
        // A newer peer's control message; npm ignores what it does not know as well.
      }
    }
  }

  private void receiveNextItem(CompactReader items) {
    try {
      if (!items.hasRemaining()) {
        receivedBatch = null;
        return;
      }
      CompactReader item = items.frame(Integer.MAX_VALUE);
      if (item.hasRemaining()) {
        receive(receivedBatchChannel, item, true);
      } else {
        receivedBatchChannel = channelId(items);
      }
    } catch (EncodingException e) {
      fail(Failure.MALFORMED, "in a batch: " + e.reason() + ": " + e.getMessage());
    } catch (ProtomuxException e) {
      fail(e.reason(), "in a batch: " + e.getMessage());
    }
  }

  private void onMessage(int remoteId, CompactReader reader)
      throws EncodingException, ProtomuxException {
    int type = reader.uint(MAX_MESSAGE_TYPE);
    Remote remote = remoteId <= remotes.size() ? remotes.get(remoteId - 1) : null;
    if (remote == null) {
      // Closed by us while this was on its way.
      return;
    }
    Channel channel = remote.channel;
    if (channel == null) {
      hold(remote, BUFFERED_OVERHEAD_BYTES + reader.remaining());
      bufferedDataBytes += BUFFERED_OVERHEAD_BYTES + reader.remaining();
      remote.dataBytes += BUFFERED_OVERHEAD_BYTES + reader.remaining();
      remote.waiting.add(new Buffered(type, reader.raw().copy()));
    } else {
      outputs.add(new Output.Message(channel, type, reader.raw()));
    }
  }

  private void onOpen(CompactReader reader) throws EncodingException, ProtomuxException {
    int remoteId = channelId(reader);
    ChannelName name =
        new ChannelName(
            reader.string(config.maxNameBytes()), reader.buffer(config.maxNameBytes()).copy());
    if (remoteId == CONTROL) {
      sendControl(new CompactWriter(8).uint(REJECT).uint(CONTROL));
      return;
    }
    if (remoteId > config.maxChannels()) {
      throw new ProtomuxException(
          Failure.TOO_MANY_CHANNELS, "channel " + remoteId + " above " + config.maxChannels());
    }
    if (remoteId == remotes.size() + 1) {
      remotes.add(null);
    }
    if (remoteId > remotes.size() || remotes.get(remoteId - 1) != null) {
      throw new ProtomuxException(
          Failure.BAD_CHANNEL_ID, "open of " + remoteId + ", which is used or skips others");
    }
    Deque<Integer> asked = outgoing.get(name);
    if (asked == null) {
      Remote remote = new Remote(name, reader.raw().copy());
      hold(remote, BUFFERED_OVERHEAD_BYTES + name.id().length() + remote.handshake.length());
      remotes.set(remoteId - 1, remote);
      incoming.computeIfAbsent(name, key -> new ArrayDeque<>()).add(remoteId);
      outputs.add(new Output.OpenRequested(name, remote.handshake));
      return;
    }
    int localId = asked.element();
    answered(localId);
    Channel channel = locals.get(localId - 1);
    if (channel == null) {
      // We closed it before this answer: the other side reads our close behind our open.
      freeLocalIds.add(localId);
      return;
    }
    Remote remote = new Remote(name, reader.raw());
    remotes.set(remoteId - 1, remote);
    pair(channel, remote, remoteId);
  }

  private void onReject(int localId) throws ProtomuxException {
    if (!outgoingNames.containsKey(localId)) {
      throw new ProtomuxException(
          Failure.BAD_REJECT, "reject of " + localId + ", which does not wait for an answer");
    }
    answered(localId);
    Channel channel = locals.get(localId - 1);
    locals.set(localId - 1, null);
    freeLocalIds.add(localId);
    if (channel != null) {
      channel.closed();
      outputs.add(new Output.Rejected(channel));
    }
  }

  private void onClose(int remoteId) {
    Remote remote = remoteId > 0 && remoteId <= remotes.size() ? remotes.get(remoteId - 1) : null;
    if (remote == null) {
      return;
    }
    Channel channel = remote.channel;
    if (channel == null) {
      // It waits for our answer all the same, to use its id again.
      removeIncoming(remote.name, remoteId);
      rejectId(remoteId);
    } else {
      forget(channel);
      outputs.add(new Output.Closed(channel));
    }
  }

  private void pair(Channel channel, Remote remote, int remoteId) {
    remote.channel = channel;
    channel.opened(remoteId);
    outputs.add(new Output.Opened(channel, remote.handshake));
  }

  /** Frees the ids of a channel as far as both sides are done with them. */
  private void forget(Channel channel) {
    int localId = channel.localId();
    locals.set(localId - 1, null);
    if (channel.remoteId() > 0) {
      remotes.set(channel.remoteId() - 1, null);
      freeLocalIds.add(localId);
    }
    channel.closed();
  }

  private void rejectId(int remoteId) {
    release(present(remotes.get(remoteId - 1)));
    remotes.set(remoteId - 1, null);
    sendControl(new CompactWriter(8).uint(REJECT).uint(remoteId));
  }

  private void answered(int localId) {
    for (ChannelName name : present(outgoingNames.remove(localId))) {
      Deque<Integer> waiting = present(outgoing.get(name));
      waiting.remove((Integer) localId);
      if (waiting.isEmpty()) {
        outgoing.remove(name);
      }
    }
  }

  /**
   * The other side's oldest unanswered open of one of {@code names}, or 0; it counts as answered.
   */
  private int takeIncoming(List<ChannelName> names) {
    for (ChannelName name : names) {
      Deque<Integer> waiting = incoming.get(name);
      if (waiting != null) {
        int remoteId = waiting.element();
        removeIncoming(name, remoteId);
        return remoteId;
      }
    }
    return 0;
  }

  private void removeIncoming(ChannelName name, int remoteId) {
    Deque<Integer> waiting = present(incoming.get(name));
    waiting.remove((Integer) remoteId);
    if (waiting.isEmpty()) {
      incoming.remove(name);
    }
  }

  private void hold(Remote remote, int bytes) throws ProtomuxException {
    if (bytes > config.maxBufferedBytes() - bufferedBytes) {
      throw new ProtomuxException(
          Failure.TOO_MUCH_BUFFERED,
          bytes + " more bytes before our answer above " + config.maxBufferedBytes());
    }
    bufferedBytes += bytes;
    remote.bufferedBytes += bytes;
  }

  private void release(Remote remote) {
    bufferedBytes -= remote.bufferedBytes;
    bufferedDataBytes -= remote.dataBytes;
    remote.bufferedBytes = 0;
    remote.dataBytes = 0;
  }

  private int takeLocalId() {
    Integer free = freeLocalIds.pollFirst();
    if (free != null) {
      return free;
    }
    if (locals.size() >= config.maxChannels()) {
      throw new IllegalStateException(
          locals.size() + " channels are in use, as many as configured");
    }
    locals.add(null);
    return locals.size();
  }

  private void sendControl(CompactWriter body) {
    if (corks > 0) {
      beginItem(CONTROL, body.length()).raw(body.toSlice());
      flushLargeBatch();
    } else {
      outputs.add(
          new Output.Transmit(
              new CompactWriter(1 + body.length()).uint(CONTROL).raw(body.toSlice()).toSlice()));
    }
  }

  /** Begins an item of the batch; the caller writes its {@code itemBytes}. */
  private CompactWriter beginItem(int channelId, int itemBytes) {
    CompactWriter target = batch;
    if (target == null) {
      // Large items come in a row: room for as much as the last batch had, so that it need not
      // grow.
      int expected = Math.max(itemBytes, (int) Math.min(lastBatchBytes, 4L * itemBytes));
      target =
          new CompactWriter(Math.max(256, expected + BATCH_ROOM_BYTES))
              .uint(CONTROL)
              .uint(BATCH)
              .uint(channelId);
      batch = target;
    } else if (batchChannel != channelId) {
      target.uint(0).uint(channelId);
    }
    batchChannel = channelId;
    return target.uint(itemBytes);
  }

  private void flushLargeBatch() {
    if (batch != null && batch.length() >= config.maxBatchBytes()) {
      flush();
    }
  }

  private void flush() {
    if (batch != null) {
      lastBatchBytes = batch.length();
      outputs.add(new Output.Transmit(batch.toSlice()));
      batch = null;
    }
  }

  private void fail(Failure reason, String message) {
    shutDown();
    outputs.add(new Output.Failed(reason, message));
  }

  private static int channelId(CompactReader reader) throws EncodingException {
    return reader.uint(Integer.MAX_VALUE);
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("tables of channels disagree");
    }
    return value;
  }
}

package org.peerstead.hypercore;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * What two peers of npm hypercore 11.39.5 said to each other, as messages of protomux.
 *
 * @param lines in the order in which they were written
 */
public record Transcript(List<Line> lines) {
  /**
   * One message of the stream.
   *
   * @param isInitiator who sent it
   */
  public record Line(boolean isInitiator, Slice message) {}

  /** One message of a channel. */
  public record ChannelMessage(boolean isInitiator, long channel, int type, Slice payload) {}

  /** The recording {@code vectors/transcripts/name}. */
  public static Transcript load(String name) {
    try (InputStream file =
            Objects.requireNonNull(
                Transcript.class.getResourceAsStream("/vectors/transcripts/" + name), name);
        InputStream plain = name.endsWith(".gz") ? new GZIPInputStream(file) : file;
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(plain, StandardCharsets.US_ASCII))) {
      List<Line> lines = new ArrayList<>();
      reader
          .lines()
          .filter(line -> line.startsWith("i ") || line.startsWith("r "))
          .forEach(line ->
              lines.add(new Line(line.startsWith("i"), Slice.fromHex(line.substring(2).strip()))));
      return new Transcript(List.copyOf(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The messages of all channels, control messages left out, batches taken apart. */
  public List<ChannelMessage> channelMessages() throws EncodingException {
    ChannelMessages messages = new ChannelMessages();
    for (Line line : lines) {
      messages.add(line);
    }
    return messages.found;
  }

  private static final class ChannelMessages {
    private static final int BATCH = 0;
    private static final int OPEN = 1;

    final List<ChannelMessage> found = new ArrayList<>();

    /** One recording sends to a channel that it never opened, to see it ignored. */
    private final Set<Long> openedByInitiator = new HashSet<>();

    private final Set<Long> openedByResponder = new HashSet<>();

    void add(Line line) throws EncodingException {
      CompactReader reader = line.message().reader();
      if (reader.hasRemaining()) {
        add(line.isInitiator(), reader.uint(), reader);
      }
    }

    private void add(boolean isInitiator, long channel, CompactReader reader)
        throws EncodingException {
      Set<Long> opened = isInitiator ? openedByInitiator : openedByResponder;
      int type = reader.uint(Integer.MAX_VALUE);
      if (channel > 0) {
        if (opened.contains(channel)) {
          found.add(new ChannelMessage(isInitiator, channel, type, reader.raw()));
        }
      } else if (type == OPEN) {
        opened.add(reader.uint());
      } else if (type == BATCH) {
        addBatch(isInitiator, reader);
      }
    }

    private void addBatch(boolean isInitiator, CompactReader reader) throws EncodingException {
      long channel = reader.uint();
      while (reader.hasRemaining()) {
        CompactReader item = reader.frame(Integer.MAX_VALUE);
        if (item.hasRemaining()) {
          add(isInitiator, channel, item);
        } else {
          channel = reader.uint();
        }
      }
    }
  }
}

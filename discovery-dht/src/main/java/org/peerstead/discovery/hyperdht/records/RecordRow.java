package org.peerstead.discovery.hyperdht.records;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.EncodingException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A record or route in the store. Its key is the topic and the public key; the value:
 *
 * <table>
 * <caption>Layout</caption>
 * <tr><th>Bytes</th><th>Content</th></tr>
 * <tr><td>4 + 2</td><td>host and port of the source, big endian</td></tr>
 * <tr><td>8</td><td>bump of the topic, big endian</td></tr>
 * <tr><td>1 + 6 each</td><td>number of relays, 0 to 3, and the relays</td></tr>
 * <tr><td>0 or 32</td><td>refresh token</td></tr>
 * </table>
 */
final class RecordRow {
  private static final int MAX_RELAYS = 3;
  private static final int MAX_BYTES =
      NodeAddress.BYTES + Long.BYTES + 1 + MAX_RELAYS * NodeAddress.BYTES + Fixed32.SIZE;

  private final byte[] array = new byte[MAX_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(array);

  /** What a row says. */
  record Content(NodeAddress source, long bump, Slice relays, @Nullable Fixed32 refresh) {}

  /** Begins a new row. */
  void begin(int host, int port, long bump) {
    buffer.clear().putInt(host).putShort((short) port).putLong(bump);
  }

  /** Appends bytes of a slot. */
  void append(Slots slots, int slot, int offset, int length) {
    slots.copy(slot, offset, length, array, buffer.position());
    buffer.position(buffer.position() + length);
  }

  /** The row, valid until the next one is begun. */
  Slice toSlice() {
    return Slice.of(array, 0, buffer.position());
  }

  static Content read(Slice value) throws EncodingException {
    CompactReader reader = value.reader();
    int host = (int) reader.uint32Be();
    int port = reader.uint8() << 8 | reader.uint8();
    long bump = reader.uint64Be();
    int relaysFrom = value.length() - reader.remaining();
    int relays = reader.uint8();
    if (relays > MAX_RELAYS) {
      throw new EncodingException(Reason.LIMIT_EXCEEDED, relays + " relays above " + MAX_RELAYS);
    }
    reader.fixed(relays * NodeAddress.BYTES);
    int relaysTo = value.length() - reader.remaining();
    Fixed32 refresh = reader.hasRemaining() ? reader.fixed32() : null;
    reader.expectEnd();
    return new Content(
        new NodeAddress(host, port), bump, value.range(relaysFrom, relaysTo), refresh);
  }
}

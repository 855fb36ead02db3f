package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * Value of PLUGIN.
 *
 * <pre>
 * name      string, at most 255 bytes
 * version   uint
 * command   uint
 * flags     uint: 1 value
 * value     buffer
 * </pre>
 */
public record PluginMessage(String name, long version, long command, @Nullable Slice value) {
  /** Longest name that is read, in bytes. */
  public static final int MAX_NAME_BYTES = 255;

  /** Reads a message. */
  public static PluginMessage decode(Slice bytes) throws EncodingException {
    CompactReader reader = bytes.reader();
    String name = reader.string(MAX_NAME_BYTES);
    long version = reader.uint();
    long command = reader.uint();
    @Nullable Slice value =
        (reader.uint() & 1) != 0 ? reader.buffer(RpcCodec.MAX_PACKET_BYTES) : null;
    return new PluginMessage(name, version, command, value);
  }

  /** The bytes of the message. */
  public Slice encode() {
    CompactWriter writer =
        new CompactWriter().string(name).uint(version).uint(command).uint(value == null ? 0 : 1);
    if (value != null) {
      writer.buffer(value);
    }
    return writer.toSlice();
  }
}

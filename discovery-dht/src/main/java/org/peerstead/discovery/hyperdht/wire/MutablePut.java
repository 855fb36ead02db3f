package org.peerstead.discovery.hyperdht.wire;

import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Value of MUTABLE_PUT.
 *
 * <pre>
 * public key   32
 * then what MUTABLE_GET answers with, see {@link MutableValue}
 * </pre>
 */
public record MutablePut(Fixed32 publicKey, MutableValue content) {
  /** Reads a message. */
  public static MutablePut decode(Slice value) throws EncodingException {
    CompactReader reader = value.reader();
    return new MutablePut(reader.fixed32(), MutableValue.read(reader));
  }

  /** The bytes of the message. */
  public Slice encode() {
    CompactWriter writer =
        new CompactWriter(Fixed32.SIZE + content.value().length() + MutableValue.MAX_OVERHEAD_BYTES)
            .fixed32(publicKey);
    content.write(writer);
    return writer.toSlice();
  }
}

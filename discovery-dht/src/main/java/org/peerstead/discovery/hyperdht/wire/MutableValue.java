package org.peerstead.discovery.hyperdht.wire;

import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.VerifyKey;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * A value that its owner may replace by one with a greater number; answer of MUTABLE_GET.
 *
 * <pre>
 * seq         uint
 * value       buffer
 * signature   64, Ed25519 over {@link Signables#mutable}
 * </pre>
 *
 * @param seq 0 to 2^53 - 1
 * @param signature 64 bytes
 */
public record MutableValue(long seq, Slice value, Slice signature) {
  /** Bytes that the fields around the value take at most. */
  static final int MAX_OVERHEAD_BYTES = 9 + 3 + KeyPair.SIGNATURE_BYTES;

  /** Signs {@code value} with {@code owner}'s key. */
  public static MutableValue sign(KeyPair owner, long seq, Slice value) {
    return new MutableValue(seq, value, Slice.of(owner.sign(Signables.mutable(seq, value))));
  }

  /** Reads an answer. */
  public static MutableValue decode(Slice bytes) throws EncodingException {
    return read(bytes.reader());
  }

  static MutableValue read(CompactReader reader) throws EncodingException {
    return new MutableValue(
        reader.uint(),
        reader.buffer(RpcCodec.MAX_PACKET_BYTES),
        reader.fixed(KeyPair.SIGNATURE_BYTES));
  }

  void write(CompactWriter writer) {
    writer.uint(seq).buffer(value).raw(signature);
  }

  /** The bytes of the answer. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(value.length() + MAX_OVERHEAD_BYTES);
    write(writer);
    return writer.toSlice();
  }

  /** Whether the owner of {@code key} signed it. */
  public boolean isSignedBy(VerifyKey key) {
    return key.verify(Signables.mutable(seq, value), signature);
  }
}

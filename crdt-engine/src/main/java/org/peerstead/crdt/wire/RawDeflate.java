package org.peerstead.crdt.wire;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/** DEFLATE without the zlib header, bounded on the way in. */
public final class RawDeflate {
  /** A column or change body is deflated from this many raw bytes on. */
  public static final int THRESHOLD_BYTES = 256;

  private RawDeflate() {}

  /** Deflates at zlib's default level. */
  public static byte[] deflate(byte[] source, int offset, int length) {
    try (Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true)) {
      deflater.setInput(source, offset, length);
      deflater.finish();
      byte[] out = new byte[Math.max(64, length / 2)];
      int size = 0;
      while (!deflater.finished()) {
        if (size == out.length) {
          out = Arrays.copyOf(out, out.length * 2);
        }
        size += deflater.deflate(out, size, out.length - size);
      }
      return Arrays.copyOf(out, size);
    }
  }

  /** Inflates one stream; bytes behind its end are ignored. Fails above {@code maxBytes}. */
  public static byte[] inflate(byte[] source, int offset, int length, int maxBytes)
      throws AutomergeFormatException {
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(source, offset, length);
      byte[] out = new byte[Math.clamp(length * 4L, 64, maxBytes)];
      int size = 0;
      while (!inflater.finished()) {
        if (size == out.length) {
          if (size == maxBytes) {
            throw new AutomergeFormatException(
                Reason.LIMIT_EXCEEDED, "inflates to more than " + maxBytes + " bytes");
          }
          out = Arrays.copyOf(out, (int) Math.min(maxBytes, out.length * 2L));
        }
        int produced = inflater.inflate(out, size, out.length - size);
        size += produced;
        if (produced == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new AutomergeFormatException(Reason.BAD_DEFLATE, "the DEFLATE stream ends early");
        }
      }
      return size == out.length ? out : Arrays.copyOf(out, size);
    } catch (DataFormatException e) {
      throw new AutomergeFormatException(
          Reason.BAD_DEFLATE, "not a DEFLATE stream: " + e.getMessage());
    }
  }
}

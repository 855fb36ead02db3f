package org.peerstead.crdt.wire;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * The frame around documents and changes.
 *
 * <pre>
 * offset  size    field
 * 0       4       magic 85 6f 4a 83
 * 4       4       checksum: first bytes of SHA-256 over everything from offset 8
 * 8       1       type: 0 document, 1 change, 2 compressed change, 3 bundle
 * 9       n       uLEB length of the body in bytes
 * 9+n     length  body
 * </pre>
 *
 * @param type the type byte
 * @param start where the chunk begins in its array
 * @param bodyStart where the body begins
 * @param bodyEnd where the body, and the chunk, ends
 */
public record Chunk(byte[] array, int type, int start, int bodyStart, int bodyEnd) {
  public static final int DOCUMENT = 0;
  public static final int CHANGE = 1;
  public static final int COMPRESSED_CHANGE = 2;
  public static final int BUNDLE = 3;

  private static final byte[] MAGIC = {(byte) 0x85, 0x6f, 0x4a, (byte) 0x83};
  private static final int TYPE_OFFSET = 8;

  /** Reads one frame and leaves {@code in} behind it. The checksum is not verified. */
  public static Chunk read(ByteReader in) throws AutomergeFormatException {
    int start = in.skip(4, "the magic bytes");
    if (!Arrays.equals(in.array(), start, start + 4, MAGIC, 0, 4)) {
      throw new AutomergeFormatException(Reason.BAD_MAGIC, "no chunk begins at byte " + start);
    }
    in.skip(4, "the checksum");
    int type = in.readByte();
    if (type > BUNDLE) {
      throw new AutomergeFormatException(Reason.WRONG_CHUNK_TYPE, "unknown chunk type " + type);
    }
    long length = in.readUleb();
    int bodyStart = in.skip(length, "a chunk body");
    return new Chunk(in.array(), type, start, bodyStart, in.position());
  }

  /** SHA-256 over type, length and body as stored. */
  public byte[] storedHash(MessageDigest sha256) {
    sha256.update(array, start + TYPE_OFFSET, bodyEnd - start - TYPE_OFFSET);
    return sha256.digest();
  }

  /** Throws unless the four checksum bytes are the first of {@code hash}. */
  public void requireChecksum(byte[] hash) throws AutomergeFormatException {
    if (!Arrays.equals(array, start + 4, start + TYPE_OFFSET, hash, 0, 4)) {
      throw new AutomergeFormatException(
          Reason.BAD_CHECKSUM, "checksum differs in the chunk at byte " + start);
    }
  }

  /** Frames a body and returns the whole chunk. */
  public static byte[] frame(int type, ByteWriter body, MessageDigest sha256) {
    ByteWriter out = new ByteWriter(body.size() + 20);
    frame(type, body, sha256, new byte[32], out);
    return out.toBytes();
  }

  /** Frames a body into {@code out} and leaves the chunk hash in {@code hash}. */
  public static void frame(
      int type, ByteWriter body, MessageDigest sha256, byte[] hash, ByteWriter out) {
    int start = out.size();
    out.write(MAGIC);
    out.writeLittleEndian(0, 4);
    out.writeByte(type);
    out.writeUleb(body.size());
    out.write(body);
    sha256.update(out.array(), start + TYPE_OFFSET, out.size() - start - TYPE_OFFSET);
    digestInto(sha256, hash);
    System.arraycopy(hash, 0, out.array(), start + 4, 4);
  }

  /** Writes the digest over the first 32 bytes of {@code hash} without allocating. */
  public static void digestInto(MessageDigest sha256, byte[] hash) {
    try {
      sha256.digest(hash, 0, hash.length);
    } catch (java.security.DigestException e) {
      throw new IllegalStateException("a SHA-256 digest needs 32 bytes", e);
    }
  }

  /** A new SHA-256 digest; every Java platform has one. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform lacks SHA-256", e);
    }
  }
}

package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * What signatures cover: always 64 bytes, a namespace and a BLAKE2b-256 hash. Stateless and
 * thread-safe.
 *
 * <pre>
 * announce    NS[ANNOUNCE or UNANNOUNCE] | H(target | id of the storing node | token | peer record | refresh)
 * mutable     NS[MUTABLE_PUT] | H(seq uint | value buffer)
 * </pre>
 *
 * The token makes a signature worthless after seconds and for other hosts, the id for other nodes.
 * The bump of an announcement is not signed.
 */
public final class Signables {
  private Signables() {}

  /**
   * Of an announcement.
   *
   * @param nodeId id of the node that shall store it
   * @param peerRecord encoded, with all relays that are sent
   * @param refresh hash whose origin renews the announcement later, null for none
   */
  public static Slice announce(
      Fixed32 target, Fixed32 nodeId, Fixed32 token, Slice peerRecord, @Nullable Fixed32 refresh) {
    return announcement(Namespace.ANNOUNCE, target, nodeId, token, peerRecord, refresh);
  }

  /** Of what takes an announcement back; parameters as of {@link #announce}. */
  public static Slice unannounce(
      Fixed32 target, Fixed32 nodeId, Fixed32 token, Slice peerRecord, @Nullable Fixed32 refresh) {
    return announcement(Namespace.UNANNOUNCE, target, nodeId, token, peerRecord, refresh);
  }

  private static Slice announcement(
      Fixed32 namespace,
      Fixed32 target,
      Fixed32 nodeId,
      Fixed32 token,
      Slice peerRecord,
      @Nullable Fixed32 refresh) {
    byte[] fields = new byte[3 * Fixed32.SIZE];
    target.copyTo(fields, 0);
    nodeId.copyTo(fields, Fixed32.SIZE);
    token.copyTo(fields, 2 * Fixed32.SIZE);
    Blake2b hash = Blake2b.unkeyed(Blake2b.SHORT_BYTES);
    hash.update(fields, 0, fields.length).update(peerRecord);
    if (refresh != null) {
      refresh.copyTo(fields, 0);
      hash.update(fields, 0, Fixed32.SIZE);
    }
    return signable(namespace, hash);
  }

  /**
   * Of a mutable value.
   *
   * @param seq 0 to 2^53 - 1
   */
  public static Slice mutable(long seq, Slice value) {
    CompactWriter fields = new CompactWriter(value.length() + 16).uint(seq).buffer(value);
    return signable(
        Namespace.MUTABLE_PUT, Blake2b.unkeyed(Blake2b.SHORT_BYTES).update(fields.toSlice()));
  }

  private static Slice signable(Fixed32 namespace, Blake2b hash) {
    byte[] signable = new byte[2 * Fixed32.SIZE];
    namespace.copyTo(signable, 0);
    hash.finish(signable, Fixed32.SIZE);
    return Slice.of(signable);
  }
}

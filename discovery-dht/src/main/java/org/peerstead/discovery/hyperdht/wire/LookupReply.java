package org.peerstead.discovery.hyperdht.wire;

import java.util.List;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * The peers of a topic, as one node knows them.
 *
 * <pre>
 * uint count, peer records
 * bump   uint, may be missing
 * </pre>
 *
 * @param bump milliseconds since 1970 at which a peer last said that there is news, 0 for never
 */
public record LookupReply(List<PeerRecord> peers, long bump) {
  /** Peers that one reply carries, as npm has it. */
  public static final int MAX_PEERS = 20;

  /** Peers of one reply that are read: what a datagram holds. */
  private static final int MAX_READ_PEERS = 44;

  /** Copies the list. */
  public LookupReply {
    peers = List.copyOf(peers);
  }

  /** Reads a reply. */
  public static LookupReply decode(Slice value) throws EncodingException {
    var reader = value.reader();
    List<PeerRecord> peers = reader.array(MAX_READ_PEERS, PeerRecord::read);
    return new LookupReply(peers, reader.hasRemaining() ? reader.uint() : 0);
  }

  /** The bytes of the reply. */
  public Slice encode() {
    return new CompactWriter()
        .array(peers, (writer, peer) -> peer.write(writer))
        .uint(bump)
        .toSlice();
  }
}

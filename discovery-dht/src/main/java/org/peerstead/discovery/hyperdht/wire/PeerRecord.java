package org.peerstead.discovery.hyperdht.wire;

import java.util.List;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * A peer and the nodes through which it can be reached.
 *
 * <pre>
 * public key   32
 * relays       uint count, 6 bytes each
 * </pre>
 *
 * @param relays the peer's own public address may be the first of them
 */
public record PeerRecord(Fixed32 publicKey, List<NodeAddress> relays) {
  /** Relays of one record that are read; npm sends at most 3 and knows no bound. */
  public static final int MAX_RELAYS = 64;

  /** Relays of one record that are stored, as npm does. */
  public static final int MAX_STORED_RELAYS = 3;

  /** Size of a record that has all the relays that are stored, in bytes. */
  public static final int MAX_STORED_BYTES =
      Fixed32.SIZE + 1 + MAX_STORED_RELAYS * NodeAddress.BYTES;

  /** Copies the list. */
  public PeerRecord {
    relays = List.copyOf(relays);
  }

  /** Reads a record from its first byte on. */
  public static PeerRecord decode(Slice bytes) throws EncodingException {
    return read(bytes.reader());
  }

  /** Reads one record. */
  public static PeerRecord read(CompactReader reader) throws EncodingException {
    return new PeerRecord(reader.fixed32(), reader.array(MAX_RELAYS, NodeAddress::read));
  }

  /** Writes the record. */
  public void write(CompactWriter writer) {
    writer.fixed32(publicKey).array(relays, (to, relay) -> relay.write(to));
  }

  /** The bytes of the record. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(Fixed32.SIZE + 1 + relays.size() * NodeAddress.BYTES);
    write(writer);
    return writer.toSlice();
  }

  /** The same record with as many relays as are stored. */
  public PeerRecord stored() {
    return relays.size() <= MAX_STORED_RELAYS
        ? this
        : new PeerRecord(publicKey, relays.subList(0, MAX_STORED_RELAYS));
  }
}

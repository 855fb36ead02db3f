package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * Value of PEER_HOLEPUNCH, in requests and responses.
 *
 * <pre>
 * flags          uint: 1 peer address
 * mode           uint
 * id             uint
 * payload        buffer
 * peer address   6
 * </pre>
 *
 * @param id the number that the server gave to this connection in the handshake
 * @param payload a sealed {@link HolepunchPayload}
 * @param peerAddress from the client: where to pass it on; else the other end
 */
public record HolepunchMessage(
    RelayMode mode, long id, Slice payload, @Nullable NodeAddress peerAddress) {
  private static final int PEER_ADDRESS = 1;

  /** Reads a message. */
  public static HolepunchMessage decode(Slice value) throws EncodingException {
    CompactReader reader = value.reader();
    long flags = reader.uint();
    RelayMode mode = RelayMode.read(reader);
    long id = reader.uint();
    Slice payload = reader.buffer(RpcCodec.MAX_PACKET_BYTES);
    @Nullable NodeAddress peer = (flags & PEER_ADDRESS) != 0 ? NodeAddress.read(reader) : null;
    return new HolepunchMessage(mode, id, payload, peer);
  }

  /** The bytes of the message. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(payload.length() + 20);
    writer.uint(peerAddress == null ? 0 : PEER_ADDRESS).uint(mode.ordinal()).uint(id);
    writer.buffer(payload);
    if (peerAddress != null) {
      peerAddress.write(writer);
    }
    return writer.toSlice();
  }
}

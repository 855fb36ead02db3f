package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.rpc.wire.RpcCodec;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * Value of PEER_HANDSHAKE, in requests and responses.
 *
 * <pre>
 * flags           uint: 1 peer address, 2 relay address
 * mode            uint
 * noise           buffer
 * peer address    6
 * relay address   6
 * </pre>
 *
 * @param noise a message of the Noise handshake
 * @param peerAddress the other end: of the client in what goes to the server, of the server in the
 *     answer, where its absence says that the client talked to the server itself
 * @param relayAddress from the client: where to pass it on; else the first of two relays
 */
public record HandshakeMessage(
    RelayMode mode,
    Slice noise,
    @Nullable NodeAddress peerAddress,
    @Nullable NodeAddress relayAddress) {
  private static final int PEER_ADDRESS = 1;
  private static final int RELAY_ADDRESS = 2;

  /** Reads a message. */
  public static HandshakeMessage decode(Slice value) throws EncodingException {
    CompactReader reader = value.reader();
    long flags = reader.uint();
    RelayMode mode = RelayMode.read(reader);
    Slice noise = reader.buffer(RpcCodec.MAX_PACKET_BYTES);
    @Nullable NodeAddress peer = (flags & PEER_ADDRESS) != 0 ? NodeAddress.read(reader) : null;
    @Nullable NodeAddress relay = (flags & RELAY_ADDRESS) != 0 ? NodeAddress.read(reader) : null;
    return new HandshakeMessage(mode, noise, peer, relay);
  }

  /** The bytes of the message. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(noise.length() + 17);
    writer.uint(
        (peerAddress == null ? 0 : PEER_ADDRESS) | (relayAddress == null ? 0 : RELAY_ADDRESS));
    writer.uint(mode.ordinal()).buffer(noise);
    if (peerAddress != null) {
      peerAddress.write(writer);
    }
    if (relayAddress != null) {
      relayAddress.write(writer);
    }
    return writer.toSlice();
  }
}

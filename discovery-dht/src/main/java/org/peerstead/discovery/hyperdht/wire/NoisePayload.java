package org.peerstead.discovery.hyperdht.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Endpoint;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * What both ends tell each other inside the two messages of the Noise handshake.
 *
 * <pre>
 * version          uint, 1; of another version nothing more is read
 * flags            uint: 1 holepunch, 2 addresses4, 4 addresses6, 8 udx, 16 secret stream,
 *                        32 relay through, 64 relay addresses
 * error            uint
 * firewall         uint
 * holepunch        id uint, uint count, (relay address 6, peer address 6) each
 * addresses4       uint count, 6 bytes each
 * addresses6       uint count, 18 bytes each
 * udx              version uint, features uint (1 reusable socket), id uint, seq uint
 * secret stream    version uint
 * relay through    version uint, flags uint, public key 32, token 32
 * relay addresses  uint count, 6 bytes each
 * </pre>
 *
 * An empty list of addresses is the same as none.
 *
 * @param error see {@link HyperdhtError}
 * @param firewall see {@link Firewall}
 * @param addresses4 where the sender may be reached, its public address first
 * @param udx the sender's stream; a peer without one cannot be connected to
 * @param relayAddresses relays of the sender for the next time
 */
public record NoisePayload(
    long version,
    long error,
    long firewall,
    @Nullable HolepunchInfo holepunch,
    List<NodeAddress> addresses4,
    List<Endpoint> addresses6,
    @Nullable UdxInfo udx,
    @Nullable SecretStreamInfo secretStream,
    @Nullable RelayThroughInfo relayThrough,
    List<NodeAddress> relayAddresses) {
  /** The version that we write and understand. */
  public static final int VERSION = 1;

  /** Addresses of each kind that are read. */
  public static final int MAX_ADDRESSES = 64;

  private static final int HOLEPUNCH = 1;
  private static final int ADDRESSES4 = 2;
  private static final int ADDRESSES6 = 4;
  private static final int UDX = 8;
  private static final int SECRET_STREAM = 16;
  private static final int RELAY_THROUGH = 32;
  private static final int RELAY_ADDRESSES = 64;
  private static final int REUSABLE_SOCKET = 1;

  /** Copies the lists. */
  public NoisePayload {
    addresses4 = List.copyOf(addresses4);
    addresses6 = List.copyOf(addresses6);
    relayAddresses = List.copyOf(relayAddresses);
  }

  /**
   * A node that knows both ends.
   *
   * @param relayAddress the node
   * @param peerAddress the sender of the payload as that node sees it
   */
  public record RelayInfo(NodeAddress relayAddress, NodeAddress peerAddress) {}

  /**
   * How to meet a server behind a firewall.
   *
   * @param id number of the connection at the server, to be repeated in hole punch messages
   */
  public record HolepunchInfo(long id, List<RelayInfo> relays) {
    /** Copies the list. */
    public HolepunchInfo {
      relays = List.copyOf(relays);
    }
  }

  /**
   * The UDX stream of the sender.
   *
   * @param isSocketReusable whether later connections may use the same socket
   * @param id number of the stream, 32 bits
   * @param seq first sequence number, 0 so far
   */
  public record UdxInfo(long version, boolean isSocketReusable, long id, long seq) {}

  /** The encryption above the stream. */
  public record SecretStreamInfo(long version) {}

  /** A peer that passes the encrypted stream on when no direct way is found. */
  public record RelayThroughInfo(long version, long flags, Fixed32 publicKey, Fixed32 token) {}

  /** A payload of our version with an error and nothing else. */
  public static NoisePayload failed(long error) {
    return new NoisePayload(
        VERSION, error, Firewall.UNKNOWN, null, List.of(), List.of(), null, null, null, List.of());
  }

  /**
   * A payload of our version for a stream.
   *
   * @param streamId number of the sender's UDX stream
   */
  public static NoisePayload ofStream(long firewall, List<NodeAddress> addresses, long streamId) {
    return new NoisePayload(
        VERSION,
        HyperdhtError.NONE,
        firewall,
        null,
        addresses,
        List.of(),
        new UdxInfo(1, false, streamId, 0),
        new SecretStreamInfo(1),
        null,
        List.of());
  }

  /** The same payload with a way to meet and relays for the next time. */
  public NoisePayload withRelays(
      @Nullable HolepunchInfo newHolepunch, List<NodeAddress> newRelayAddresses) {
    return new NoisePayload(
        version,
        error,
        firewall,
        newHolepunch,
        addresses4,
        addresses6,
        udx,
        secretStream,
        relayThrough,
        newRelayAddresses);
  }

  /** Reads a payload. */
  public static NoisePayload decode(Slice bytes) throws EncodingException {
    CompactReader reader = bytes.reader();
    long version = reader.uint();
    if (version != VERSION) {
      return new NoisePayload(
          version, 0, 0, null, List.of(), List.of(), null, null, null, List.of());
    }
    long flags = reader.uint();
    return new NoisePayload(
        version,
        reader.uint(),
        reader.uint(),
        (flags & HOLEPUNCH) != 0 ? readHolepunch(reader) : null,
        (flags & ADDRESSES4) != 0 ? readAddresses(reader) : List.of(),
        (flags & ADDRESSES6) != 0
            ? reader.array(MAX_ADDRESSES, CompactReader::ipv6Address)
            : List.of(),
        (flags & UDX) != 0 ? readUdx(reader) : null,
        (flags & SECRET_STREAM) != 0 ? new SecretStreamInfo(reader.uint()) : null,
        (flags & RELAY_THROUGH) != 0 ? readRelayThrough(reader) : null,
        (flags & RELAY_ADDRESSES) != 0 ? readAddresses(reader) : List.of());
  }

  private static HolepunchInfo readHolepunch(CompactReader reader) throws EncodingException {
    return new HolepunchInfo(
        reader.uint(),
        reader.array(
            MAX_ADDRESSES, each -> new RelayInfo(NodeAddress.read(each), NodeAddress.read(each))));
  }

  private static List<NodeAddress> readAddresses(CompactReader reader) throws EncodingException {
    return reader.array(MAX_ADDRESSES, NodeAddress::read);
  }

  private static UdxInfo readUdx(CompactReader reader) throws EncodingException {
    long version = reader.uint();
    boolean isSocketReusable = (reader.uint() & REUSABLE_SOCKET) != 0;
    return new UdxInfo(version, isSocketReusable, reader.uint(), reader.uint());
  }

  private static RelayThroughInfo readRelayThrough(CompactReader reader) throws EncodingException {
    return new RelayThroughInfo(reader.uint(), reader.uint(), reader.fixed32(), reader.fixed32());
  }

  /** The bytes of the payload; of another version than ours only its number. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(128).uint(version);
    if (version != VERSION) {
      return writer.toSlice();
    }
    writer
        .uint(
            (holepunch == null ? 0 : HOLEPUNCH)
                | (addresses4.isEmpty() ? 0 : ADDRESSES4)
                | (addresses6.isEmpty() ? 0 : ADDRESSES6)
                | (udx == null ? 0 : UDX)
                | (secretStream == null ? 0 : SECRET_STREAM)
                | (relayThrough == null ? 0 : RELAY_THROUGH)
                | (relayAddresses.isEmpty() ? 0 : RELAY_ADDRESSES))
        .uint(error)
        .uint(firewall);
    if (holepunch != null) {
      writer.uint(holepunch.id());
      writer.array(
          holepunch.relays(),
          (to, relay) -> {
            relay.relayAddress().write(to);
            relay.peerAddress().write(to);
          });
    }
    if (!addresses4.isEmpty()) {
      writer.array(addresses4, (to, address) -> address.write(to));
    }
    if (!addresses6.isEmpty()) {
      writer.array(addresses6, CompactWriter::address);
    }
    if (udx != null) {
      writer.uint(udx.version()).uint(udx.isSocketReusable() ? REUSABLE_SOCKET : 0);
      writer.uint(udx.id()).uint(udx.seq());
    }
    if (secretStream != null) {
      writer.uint(secretStream.version());
    }
    if (relayThrough != null) {
      writer.uint(relayThrough.version()).uint(relayThrough.flags());
      writer.fixed32(relayThrough.publicKey()).fixed32(relayThrough.token());
    }
    if (!relayAddresses.isEmpty()) {
      writer.array(relayAddresses, (to, address) -> address.write(to));
    }
    return writer.toSlice();
  }
}

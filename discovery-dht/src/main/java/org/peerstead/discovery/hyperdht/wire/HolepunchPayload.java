package org.peerstead.discovery.hyperdht.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.SecretBox;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * What two peers tell each other while they open their firewalls. It travels sealed.
 *
 * <pre>
 * sealed   nonce 24 | XSalsa20-Poly1305 box, MAC 16 first
 *
 * flags            uint: 1 connected, 2 punching, 4 addresses, 8 remote address, 16 token,
 *                        32 remote token
 * error            uint
 * firewall         uint
 * round            uint
 * addresses        uint count, 6 bytes each
 * remote address   6
 * token            32
 * remote token     32
 * </pre>
 *
 * @param error see {@link HyperdhtError}
 * @param firewall see {@link Firewall}
 * @param round 0 to find out about both firewalls, then 1
 * @param addresses the sender as other nodes see its punch socket; null when not known
 * @param remoteAddress where the sender has sent a packet that opens its own firewall
 * @param token see {@link #token}
 * @param remoteToken the other side's token, repeated
 */
public record HolepunchPayload(
    boolean isConnected,
    boolean isPunching,
    long error,
    long firewall,
    long round,
    @Nullable List<NodeAddress> addresses,
    @Nullable NodeAddress remoteAddress,
    @Nullable Fixed32 token,
    @Nullable Fixed32 remoteToken) {
  /** Addresses that are read. */
  public static final int MAX_ADDRESSES = 64;

  private static final int CONNECTED = 1;
  private static final int PUNCHING = 2;
  private static final int ADDRESSES = 4;
  private static final int REMOTE_ADDRESS = 8;
  private static final int TOKEN = 16;
  private static final int REMOTE_TOKEN = 32;

  /** Copies the list. */
  public HolepunchPayload {
    addresses = addresses == null ? null : List.copyOf(addresses);
  }

  /** A payload that gives up. */
  public static HolepunchPayload failed(long error, long round) {
    return new HolepunchPayload(
        false, false, error, Firewall.UNKNOWN, round, null, null, null, null);
  }

  /**
   * The key of all payloads of one connection.
   *
   * @param handshakeHash 64 bytes, from the Noise handshake
   */
  public static Fixed32 secret(Slice handshakeHash) {
    return Blake2b.keyedHash(handshakeHash, Namespace.PEER_HOLEPUNCH.toSlice());
  }

  /**
   * What only somebody who receives packets at {@code host} can repeat.
   *
   * @param secret 32 random bytes of this connection that never leave this side
   */
  public static Fixed32 token(Slice secret, NodeAddress host) {
    return Blake2b.keyedHash(secret, Slice.of(host.hostAscii()));
  }

  /** Reads an opened payload. */
  public static HolepunchPayload decode(Slice plain) throws EncodingException {
    CompactReader reader = plain.reader();
    long flags = reader.uint();
    return new HolepunchPayload(
        (flags & CONNECTED) != 0,
        (flags & PUNCHING) != 0,
        reader.uint(),
        reader.uint(),
        reader.uint(),
        (flags & ADDRESSES) != 0 ? reader.array(MAX_ADDRESSES, NodeAddress::read) : null,
        (flags & REMOTE_ADDRESS) != 0 ? NodeAddress.read(reader) : null,
        (flags & TOKEN) != 0 ? reader.fixed32() : null,
        (flags & REMOTE_TOKEN) != 0 ? reader.fixed32() : null);
  }

  /** The bytes of the payload, not sealed. */
  public Slice encode() {
    CompactWriter writer = new CompactWriter(128);
    writer.uint(
        (isConnected ? CONNECTED : 0)
            | (isPunching ? PUNCHING : 0)
            | (addresses == null ? 0 : ADDRESSES)
            | (remoteAddress == null ? 0 : REMOTE_ADDRESS)
            | (token == null ? 0 : TOKEN)
            | (remoteToken == null ? 0 : REMOTE_TOKEN));
    writer.uint(error).uint(firewall).uint(round);
    if (addresses != null) {
      writer.array(addresses, (to, address) -> address.write(to));
    }
    if (remoteAddress != null) {
      remoteAddress.write(writer);
    }
    if (token != null) {
      writer.fixed32(token);
    }
    if (remoteToken != null) {
      writer.fixed32(remoteToken);
    }
    return writer.toSlice();
  }

  /**
   * The sealed payload.
   *
   * @param nonce 24 random bytes, never used before with this key
   */
  public Slice seal(Fixed32 secret, byte[] nonce) {
    byte[] box = SecretBox.seal(secret.toBytes(), nonce, encode());
    return new CompactWriter(nonce.length + box.length)
        .raw(Slice.of(nonce))
        .raw(Slice.of(box))
        .toSlice();
  }

  /**
   * Opens and reads a sealed payload.
   *
   * @throws CryptoException when the other end of the connection did not seal it
   * @throws EncodingException when it did, but what it sealed is no payload
   */
  public static HolepunchPayload open(Fixed32 secret, Slice sealed)
      throws CryptoException, EncodingException {
    if (sealed.length() < SecretBox.NONCE_BYTES) {
      throw new EncodingException(
          EncodingException.Reason.TRUNCATED, "no nonce in " + sealed.length() + " bytes");
    }
    byte[] plain =
        SecretBox.open(
            secret.toBytes(),
            sealed.range(0, SecretBox.NONCE_BYTES).toByteArray(),
            sealed.range(SecretBox.NONCE_BYTES, sealed.length()));
    return decode(Slice.of(plain));
  }
}

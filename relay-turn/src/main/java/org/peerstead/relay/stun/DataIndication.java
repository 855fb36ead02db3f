package org.peerstead.relay.stun;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Writes what stands before the payload of a Data indication (RFC 8656 section 11.3), without
 * allocating. The payload follows, then {@link #padding} zero bytes.
 *
 * <p>Layout: header (20 bytes), XOR-PEER-ADDRESS (12 or 24 bytes), header of DATA (4 bytes).
 */
public final class DataIndication {
  /** The longest head: that with an IPv6 peer. */
  public static final int MAX_HEAD_BYTES = 48;

  private static final int MAX_LENGTH = 0xffff;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int TYPE = StunMethod.type(StunMethod.DATA, StunClass.INDICATION);

  private DataIndication() {}

  /** Whether a payload of that length can be told of: a message has 16 bits for its length. */
  public static boolean fits(IpFamily family, int dataLength) {
    return headBytes(family) - Wire.HEADER_BYTES + Wire.padded(dataLength) <= MAX_LENGTH;
  }

  private static int headBytes(IpFamily family) {
    return Wire.HEADER_BYTES + 12 + family.addressBytes();
  }

  /**
   * @param into at least {@link #MAX_HEAD_BYTES} long
   * @param transactionHigh as in {@link TransactionId#high()}
   * @param transactionLow as in {@link TransactionId#low()}
   * @param high the peer, as in {@link IpAddress#high()}
   * @param low the peer, as in {@link IpAddress#low()}
   * @param port of the peer
   * @param dataLength one that {@link #fits}
   * @return how many bytes were written
   */
  public static int writeHead(
      byte[] into,
      int transactionHigh,
      long transactionLow,
      IpFamily family,
      long high,
      long low,
      int port,
      int dataLength) {
    int headBytes = headBytes(family);
    int length = headBytes - Wire.HEADER_BYTES + Wire.padded(dataLength);
    if (length > MAX_LENGTH) {
      throw new IllegalArgumentException("a payload of " + dataLength + " bytes does not fit");
    }
    INTS.set(into, 0, TYPE << 16 | length);
    INTS.set(into, Wire.COOKIE_AT, Wire.COOKIE);
    INTS.set(into, Wire.TRANSACTION_AT, transactionHigh);
    LONGS.set(into, Wire.TRANSACTION_AT + 4, transactionLow);
    INTS.set(into, 20, StunAttribute.XOR_PEER_ADDRESS << 16 | 4 + family.addressBytes());
    INTS.set(into, 24, family.number() << 16 | port ^ Wire.PORT_MASK);
    if (family == IpFamily.V4) {
      INTS.set(into, 28, (int) low ^ Wire.COOKIE);
    } else {
      LONGS.set(into, 28, high ^ ((long) Wire.COOKIE << 32 | transactionHigh & 0xffff_ffffL));
      LONGS.set(into, 36, low ^ transactionLow);
    }
    INTS.set(into, headBytes - 4, StunAttribute.DATA << 16 | dataLength);
    return headBytes;
  }

  /** Zero bytes that follow a payload. */
  public static int padding(int dataLength) {
    return -dataLength & 3;
  }
}

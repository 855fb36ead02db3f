package org.peerstead.relay.stun;

import java.nio.ByteBuffer;

/** Writes the head of a Data indication. */
public final class DataIndication {
  public int writeHead(
      byte[] into,
      int transactionHigh,
      long transactionLow,
      IpFamily family,
      long high,
      long low,
      int port,
      int dataLength) {
    int address = family == IpFamily.V4 ? 8 : 20;
    ByteBuffer b = ByteBuffer.wrap(into);
    b.putShort((short) 0x0017);
    b.putShort((short) (4 + address + 4 + dataLength + padding(dataLength)));
    b.putInt(0x2112a442).putInt(transactionHigh).putLong(transactionLow);
    b.putShort((short) StunAttribute.XOR_PEER_ADDRESS).putShort((short) address);
    b.putShort((short) family.number()).putShort((short) (port ^ 0x2112));
    if (family == IpFamily.V4) {
      b.putInt((int) low ^ 0x2112a442);
    } else {
      b.putLong(high ^ b.getLong(4)).putLong(low ^ b.getLong(12));
    }
    b.putShort((short) StunAttribute.DATA).putShort((short) dataLength);
    return b.position();
  }

  public static int padding(int dataLength) {
    return -dataLength & 3;
  }
}

package org.peerstead.relay.net.dtls;

/**
 * What is looked at in a datagram before the record layer sees it.
 *
 * <p>Record (RFC 6347 section 4.1), and fragment of a handshake message in it (section 4.2.2):
 *
 * <pre>
 * offset  bytes
 * 0       1      type: 20 change cipher spec, 21 alert, 22 handshake, 23 data
 * 1       2      version
 * 3       2      epoch
 * 5       6      number in the epoch
 * 11      2      length of what follows
 *
 * 0       1      type of the message: 1 ClientHello
 * 1       3      length of the whole message
 * 4       2      number of the message
 * 6       3      offset of this fragment
 * 9       3      length of this fragment
 * </pre>
 */
final class HandshakeRecords {
  static final int RECORD_HEADER_BYTES = 13;
  static final int FRAGMENT_HEADER_BYTES = 12;

  /** The longest handshake message of a client, which sends no certificate. */
  static final int MAX_MESSAGE_BYTES = 4_096;

  /** Client version and random, without which there is no ClientHello. */
  private static final int HELLO_START_BYTES = 2 + 32;

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;

  private HandshakeRecords() {}

  /** The length of the record that begins here; -1 when it is not all here. */
  static int recordLength(byte[] bytes, int offset, int end) {
    if (end - offset < RECORD_HEADER_BYTES) {
      return -1;
    }
    int length = RECORD_HEADER_BYTES + uint16(bytes, offset + 11);
    return length <= end - offset ? length : -1;
  }

  /** Whether a datagram begins with the first fragment of a ClientHello in the clear. */
  static boolean isClientHello(byte[] bytes, int length) {
    return length >= RECORD_HEADER_BYTES + FRAGMENT_HEADER_BYTES + HELLO_START_BYTES
        && bytes[0] == HANDSHAKE
        && uint16(bytes, 3) == 0
        && bytes[RECORD_HEADER_BYTES] == CLIENT_HELLO
        && uint24(bytes, RECORD_HEADER_BYTES + 6) == 0;
  }

  /** Where the client's random begins in such a datagram. */
  static int helloRandomOffset() {
    return RECORD_HEADER_BYTES + FRAGMENT_HEADER_BYTES + 2;
  }

  /** Whether a datagram has whole records, and in them no handshake message of undue length. */
  static boolean areRecordsSound(byte[] bytes, int length) {
    int at = 0;
    while (at < length) {
      int record = recordLength(bytes, at, length);
      if (record < 0) {
        return false;
      }
      boolean isClear = uint16(bytes, at + 3) == 0;
      if (isClear
          && bytes[at] == HANDSHAKE
          && !areFragmentsSmall(bytes, at + RECORD_HEADER_BYTES, record - RECORD_HEADER_BYTES)) {
        return false;
      }
      at += record;
    }
    return true;
  }

  /** Whether the fragments of a handshake record belong to messages of a usual length. */
  static boolean areFragmentsSmall(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (end - at >= FRAGMENT_HEADER_BYTES) {
      if (uint24(bytes, at + 1) > MAX_MESSAGE_BYTES) {
        return false;
      }
      at += FRAGMENT_HEADER_BYTES + uint24(bytes, at + 9);
    }
    return true;
  }

  private static int uint16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private static int uint24(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 16 | uint16(bytes, at + 1);
  }
}

package org.peerstead.benchmarks.relay;

import static org.peerstead.benchmarks.relay.LinuxCalls.INT_BE;
import static org.peerstead.benchmarks.relay.LinuxCalls.SHORT_BE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * What the generator wants to know of an answer. Its integrity is not checked: the server's work is
 * measured, not its honesty.
 *
 * @param type message type
 * @param second second number of the transaction id
 * @param third third number of the transaction id
 * @param error error code, 0 when there is none
 * @param nonce NONCE, when there is one
 * @param realm REALM, when there is one
 * @param relayedHost address of XOR-RELAYED-ADDRESS, 0 when there is none
 * @param relayedPort port of XOR-RELAYED-ADDRESS
 */
record TurnAnswer(
    int type,
    int second,
    int third,
    int error,
    byte @Nullable [] nonce,
    byte @Nullable [] realm,
    int relayedHost,
    int relayedPort) {

  /**
   * Reads a datagram; null when it is not an answer to a request with this first number of the
   * transaction id.
   */
  static @Nullable TurnAnswer read(MemorySegment memory, long at, int length, int first) {
    if (length < TurnRequest.HEADER_BYTES
        || memory.get(INT_BE, at + 4) != TurnRequest.COOKIE
        || memory.get(INT_BE, at + 8) != first) {
      return null;
    }
    int type = memory.get(SHORT_BE, at);
    if ((type & 0x0100) == 0) {
      return null;
    }
    int error = 0;
    byte[] nonce = null;
    byte[] realm = null;
    int relayedHost = 0;
    int relayedPort = 0;
    long end = at + length;
    long next = at + TurnRequest.HEADER_BYTES;
    while (next + 4 <= end) {
      int attribute = memory.get(SHORT_BE, next) & 0xffff;
      int size = memory.get(SHORT_BE, next + 2) & 0xffff;
      long value = next + 4;
      if (value + size > end) {
        return null;
      }
      switch (attribute) {
        case TurnRequest.ERROR_CODE ->
            error =
                (memory.get(ValueLayout.JAVA_BYTE, value + 2) & 7) * 100
                    + memory.get(ValueLayout.JAVA_BYTE, value + 3);
        case TurnRequest.NONCE ->
            nonce = memory.asSlice(value, size).toArray(ValueLayout.JAVA_BYTE);
        case TurnRequest.REALM ->
            realm = memory.asSlice(value, size).toArray(ValueLayout.JAVA_BYTE);
        case TurnRequest.XOR_RELAYED_ADDRESS -> {
          relayedPort = (memory.get(SHORT_BE, value + 2) ^ (TurnRequest.COOKIE >>> 16)) & 0xffff;
          relayedHost = memory.get(INT_BE, value + 4) ^ TurnRequest.COOKIE;
        }
        default -> {}
      }
      next = value + (size + 3 & ~3);
    }
    return new TurnAnswer(
        type,
        memory.get(INT_BE, at + 12),
        memory.get(INT_BE, at + 16),
        error,
        nonce,
        realm,
        relayedHost,
        relayedPort);
  }

  boolean isSuccess() {
    return (type & 0x0110) == 0x0100;
  }
}

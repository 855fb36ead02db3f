package org.peerstead.relay.stun;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Writes a message (RFC 8489 section 5). Attributes stand in the order of the calls; integrity
 * comes after all others, then the fingerprint. Padding is zero. Not thread-safe.
 *
 * <p>Grows to the 65,555 bytes that a message can have; longer ones are refused with {@link
 * IllegalArgumentException}.
 */
public final class StunWriter {
  private static final int FIRST_BYTES = 160;
  private static final int MAX_BYTES = Wire.HEADER_BYTES + 0xffff;

  private byte[] buffer = new byte[FIRST_BYTES];
  private int size = Wire.HEADER_BYTES;

  private StunWriter(int method, StunClass messageClass, TransactionId id) {
    Wire.putInt16(buffer, 0, StunMethod.type(method, messageClass));
    Wire.putInt32(buffer, Wire.COOKIE_AT, Wire.COOKIE);
    Wire.putInt32(buffer, Wire.TRANSACTION_AT, id.high());
    Wire.putInt32(buffer, Wire.TRANSACTION_AT + 4, (int) (id.low() >>> 32));
    Wire.putInt32(buffer, Wire.TRANSACTION_AT + 8, (int) id.low());
  }

  public static StunWriter request(int method, TransactionId id) {
    return new StunWriter(method, StunClass.REQUEST, id);
  }

  public static StunWriter indication(int method, TransactionId id) {
    return new StunWriter(method, StunClass.INDICATION, id);
  }

  /** The answer to a request that was granted. */
  public static StunWriter success(StunMessage request) {
    return new StunWriter(request.method(), StunClass.SUCCESS, request.transactionId());
  }

  /**
   * The answer to a request that was refused: ERROR-CODE without a reason, which would only make it
   * longer.
   *
   * @param code one of {@link StunError}
   */
  public static StunWriter error(StunMessage request, int code) {
    return new StunWriter(request.method(), StunClass.ERROR, request.transactionId())
        .errorCode(StunAttribute.ERROR_CODE, 0, code);
  }

  /** An attribute of any type. */
  public StunWriter bytes(int type, byte[] value) {
    int at = begin(type, value.length);
    System.arraycopy(value, 0, buffer, at, value.length);
    return this;
  }

  /**
   * Writes the head of an attribute and counts its value in.
   *
   * @return where the value belongs
   */
  private int begin(int type, int length) {
    int at = size + Wire.ATTRIBUTE_HEADER_BYTES;
    int next = at + Wire.padded(length);
    if (length > 0xffff || next > MAX_BYTES) {
      throw new IllegalArgumentException(
          "a message of " + next + " bytes is longer than " + MAX_BYTES);
    }
    if (next > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, next));
    }
    Wire.putInt16(buffer, size, type);
    Wire.putInt16(buffer, size + 2, length);
    size = next;
    Wire.putInt16(buffer, Wire.LENGTH_AT, size - Wire.HEADER_BYTES);
    return at;
  }

  public StunWriter text(int type, String value) {
    return bytes(type, value.getBytes(StandardCharsets.UTF_8));
  }

  /** An attribute of four bytes. */
  public StunWriter uint32(int type, long value) {
    int at = begin(type, Integer.BYTES);
    Wire.putInt32(buffer, at, (int) value);
    return this;
  }

  /** An attribute without a value. */
  public StunWriter empty(int type) {
    begin(type, 0);
    return this;
  }

  /** An address, combined with cookie and transaction id (RFC 8489 section 14.2). */
  public StunWriter xorAddress(int type, TransportAddress address) {
    int at = putAddress(type, address);
    for (int i = 0; i < 2; i++) {
      buffer[at + 2 + i] ^= buffer[Wire.COOKIE_AT + i];
    }
    for (int i = 0; i < address.ip().family().addressBytes(); i++) {
      buffer[at + 4 + i] ^= buffer[Wire.COOKIE_AT + i];
    }
    return this;
  }

  /** An address in clear (RFC 8489 section 14.1). */
  public StunWriter address(int type, TransportAddress address) {
    putAddress(type, address);
    return this;
  }

  private int putAddress(int type, TransportAddress address) {
    byte[] ip = address.ip().toBytes();
    int at = begin(type, 4 + ip.length);
    Wire.putInt16(buffer, at, address.ip().family().number());
    Wire.putInt16(buffer, at + 2, address.port());
    System.arraycopy(ip, 0, buffer, at + 4, ip.length);
    return at;
  }

  /** What of a request was not understood (RFC 8489 section 14.13). */
  public StunWriter unknownAttributes(List<Integer> types) {
    int at = begin(StunAttribute.UNKNOWN_ATTRIBUTES, 2 * types.size());
    for (int type : types) {
      Wire.putInt16(buffer, at, type);
      at += 2;
    }
    return this;
  }

  /** Which family could not be had, and why (RFC 8656 section 18.12). */
  public StunWriter addressErrorCode(IpFamily family, int code) {
    return errorCode(StunAttribute.ADDRESS_ERROR_CODE, family.number(), code);
  }

  private StunWriter errorCode(int type, int first, int code) {
    return uint32(type, first << 24 | code / 100 << 8 | code % 100);
  }

  /** CHANNEL-NUMBER (RFC 8656 section 18.1). */
  public StunWriter channelNumber(int number) {
    return uint32(StunAttribute.CHANNEL_NUMBER, (long) number << 16);
  }

  /**
   * REQUESTED-TRANSPORT (RFC 8656 section 18.8).
   *
   * @param protocol of IP: 17 for UDP, 6 for TCP
   */
  public StunWriter requestedTransport(int protocol) {
    return uint32(StunAttribute.REQUESTED_TRANSPORT, (long) protocol << 24);
  }

  /** REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY (RFC 8656 sections 18.6 and 18.11). */
  public StunWriter addressFamily(int type, IpFamily family) {
    return uint32(type, (long) family.number() << 24);
  }

  /**
   * ICMP (RFC 8656 section 18.13).
   *
   * @param type 0 to 127
   * @param code 0 to 511
   * @param data the error's own: an MTU or 0
   */
  public StunWriter icmp(int type, int code, int data) {
    int at = begin(StunAttribute.ICMP, 8);
    Wire.putInt32(buffer, at, (type & 0x7f) << 9 | code & 0x1ff);
    Wire.putInt32(buffer, at + 4, data);
    return this;
  }

  /** MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 in full length; nothing for none. */
  public StunWriter integrity(IntegrityKind kind, byte[] key) {
    return switch (kind) {
      case NONE -> this;
      case SHA1 ->
          bytes(
              StunAttribute.MESSAGE_INTEGRITY, Wire.hmac(kind, key, buffer, size, Wire.SHA1_BYTES));
      case SHA256 ->
          bytes(
              StunAttribute.MESSAGE_INTEGRITY_SHA256,
              Wire.hmac(kind, key, buffer, size, Wire.SHA256_BYTES));
    };
  }

  /** FINGERPRINT; nothing may follow. */
  public StunWriter fingerprint() {
    int end = size;
    int at = begin(StunAttribute.FINGERPRINT, Wire.FINGERPRINT_BYTES);
    CRC32 crc = new CRC32();
    crc.update(buffer, 0, end);
    Wire.putInt32(buffer, at, (int) crc.getValue() ^ Wire.FINGERPRINT_MASK);
    return this;
  }

  /** Bytes so far. */
  public int length() {
    return size;
  }

  /** A copy of the message. */
  public byte[] toBytes() {
    return Arrays.copyOf(buffer, size);
  }
}

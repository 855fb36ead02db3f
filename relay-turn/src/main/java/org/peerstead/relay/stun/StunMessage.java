package org.peerstead.relay.stun;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.MalformedStunException.Reason;

/**
 * A message that keeps the rules of RFC 8489 sections 5 and 14. Immutable and thread-safe. For
 * requests; packets have readers of their own that need no memory.
 *
 * <p>What stands behind MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 is not seen, but for the
 * other of the two and FINGERPRINT: anybody on the way may have added it. Of several attributes of
 * one type the first is seen, except by {@link #xorAddresses}.
 *
 * <p>Methods that take an attribute's type throw {@link MalformedStunException} with {@link
 * Reason#BAD_ATTRIBUTE} when the attribute is there but is not what it should be.
 */
public final class StunMessage {
  /** More are not told to a client: no honest one has so many, and answers are to be short. */
  private static final int MAX_UNKNOWN = 32;

  private static final int MIN_SHA256_BYTES = 16;

  private final byte[] bytes;

  /** Where the attributes that count end. */
  private final int end;

  private int sha1At = -1;
  private int sha256At = -1;
  private boolean hasFingerprint;

  private StunMessage(byte[] bytes) throws MalformedStunException {
    this.bytes = bytes;
    checkHeader();
    int integrityAt = -1;
    // Lengths are multiples of four, so a header of an attribute is always there.
    for (int at = Wire.HEADER_BYTES; at < bytes.length; at = next(at)) {
      if (next(at) > bytes.length) {
        throw MalformedStunException.of(Reason.ATTRIBUTE_OVERRUN);
      }
      switch (typeAt(at)) {
        case StunAttribute.FINGERPRINT -> checkFingerprint(at);
        case StunAttribute.MESSAGE_INTEGRITY -> {
          if (integrityAt < 0) {
            check(lengthAt(at) == Wire.SHA1_BYTES);
            sha1At = at;
            integrityAt = at;
          }
        }
        case StunAttribute.MESSAGE_INTEGRITY_SHA256 -> {
          if (sha256At < 0) {
            int length = lengthAt(at);
            check(length >= MIN_SHA256_BYTES && length <= Wire.SHA256_BYTES && (length & 3) == 0);
            sha256At = at;
            integrityAt = integrityAt < 0 ? at : integrityAt;
          }
        }
        default -> {}
      }
    }
    end = integrityAt < 0 ? bytes.length : integrityAt;
  }

  /**
   * @param bytes one whole message and nothing else; belongs to the message from now on
   * @throws MalformedStunException when a rule is broken; such a message gets no answer
   */
  public static StunMessage parse(byte[] bytes) throws MalformedStunException {
    return new StunMessage(bytes);
  }

  private void checkHeader() throws MalformedStunException {
    if (bytes.length < Wire.HEADER_BYTES) {
      throw MalformedStunException.of(Reason.TOO_SHORT);
    }
    if ((bytes[0] & 0xc0) != 0) {
      throw MalformedStunException.of(Reason.NOT_STUN);
    }
    if (Wire.int32(bytes, Wire.COOKIE_AT) != Wire.COOKIE) {
      throw MalformedStunException.of(Reason.WRONG_COOKIE);
    }
    int length = Wire.uint16(bytes, Wire.LENGTH_AT);
    if (length != bytes.length - Wire.HEADER_BYTES || (length & 3) != 0) {
      throw MalformedStunException.of(Reason.WRONG_LENGTH);
    }
  }

  private void checkFingerprint(int at) throws MalformedStunException {
    if (next(at) != bytes.length || lengthAt(at) != Wire.FINGERPRINT_BYTES) {
      throw MalformedStunException.of(Reason.WRONG_FINGERPRINT);
    }
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, at);
    int sum = (int) crc.getValue() ^ Wire.FINGERPRINT_MASK;
    if (sum != Wire.int32(bytes, valueAt(at))) {
      throw MalformedStunException.of(Reason.WRONG_FINGERPRINT);
    }
    hasFingerprint = true;
  }

  private static void check(boolean isRight) throws MalformedStunException {
    if (!isRight) {
      throw MalformedStunException.of(Reason.BAD_ATTRIBUTE);
    }
  }

  private int typeAt(int at) {
    return Wire.uint16(bytes, at);
  }

  private int lengthAt(int at) {
    return Wire.uint16(bytes, at + 2);
  }

  private static int valueAt(int at) {
    return at + Wire.ATTRIBUTE_HEADER_BYTES;
  }

  private int next(int at) {
    return valueAt(at) + Wire.padded(lengthAt(at));
  }

  /** One of {@link StunMethod}, or another number up to 0xfff. */
  public int method() {
    return StunMethod.method(typeAt(0));
  }

  public StunClass messageClass() {
    return StunMethod.messageClass(typeAt(0));
  }

  public TransactionId transactionId() {
    return new TransactionId(
        Wire.int32(bytes, Wire.TRANSACTION_AT),
        (long) Wire.int32(bytes, Wire.TRANSACTION_AT + 4) << 32
            | Integer.toUnsignedLong(Wire.int32(bytes, Wire.TRANSACTION_AT + 8)));
  }

  /** Bytes of the whole message. */
  public int length() {
    return bytes.length;
  }

  private int find(int type) {
    for (int at = Wire.HEADER_BYTES; at < end; at = next(at)) {
      if (typeAt(at) == type) {
        return at;
      }
    }
    return -1;
  }

  /** Whether there is such an attribute; not for integrity and fingerprint. */
  public boolean has(int type) {
    return find(type) >= 0;
  }

  /**
   * @return a copy of the attribute's value; null when there is none
   */
  public byte @Nullable [] bytes(int type) {
    int at = find(type);
    return at < 0 ? null : Arrays.copyOfRange(bytes, valueAt(at), valueAt(at) + lengthAt(at));
  }

  /**
   * @return null when there is no such attribute
   * @throws MalformedStunException when it is not UTF-8
   */
  public @Nullable String text(int type) throws MalformedStunException {
    int at = find(type);
    if (at < 0) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, valueAt(at), lengthAt(at)))
          .toString();
    } catch (CharacterCodingException e) {
      throw MalformedStunException.of(Reason.BAD_ATTRIBUTE);
    }
  }

  /**
   * @param absent what to return when there is no such attribute
   * @return 0 to 2^32 - 1
   * @throws MalformedStunException when it has not four bytes
   */
  public long uint32(int type, long absent) throws MalformedStunException {
    int at = find(type);
    if (at < 0) {
      return absent;
    }
    check(lengthAt(at) == Integer.BYTES);
    return Integer.toUnsignedLong(Wire.int32(bytes, valueAt(at)));
  }

  /**
   * @return null when there is no such attribute
   * @throws MalformedStunException when its length does not fit its family, or that is unknown
   */
  public @Nullable TransportAddress xorAddress(int type) throws MalformedStunException {
    int at = find(type);
    return at < 0 ? null : address(at, true);
  }

  /** All attributes of that type in their order, as {@link #xorAddress}; empty for none. */
  public List<TransportAddress> xorAddresses(int type) throws MalformedStunException {
    List<TransportAddress> all = new ArrayList<>();
    for (int at = Wire.HEADER_BYTES; at < end; at = next(at)) {
      if (typeAt(at) == type) {
        all.add(address(at, true));
      }
    }
    return all;
  }

  /** As {@link #xorAddress}, for an address in clear. */
  public @Nullable TransportAddress address(int type) throws MalformedStunException {
    int at = find(type);
    return at < 0 ? null : address(at, false);
  }

  private TransportAddress address(int at, boolean isXor) throws MalformedStunException {
    int length = lengthAt(at);
    int value = valueAt(at);
    check(length >= Wire.ATTRIBUTE_HEADER_BYTES);
    IpFamily family = bytes[value + 1] == IpFamily.V4.number() ? IpFamily.V4 : IpFamily.V6;
    check(bytes[value + 1] == family.number() && length == 4 + family.addressBytes());
    int port = Wire.uint16(bytes, value + 2);
    byte[] ip = Arrays.copyOfRange(bytes, value + 4, value + length);
    if (isXor) {
      port ^= Wire.PORT_MASK;
      for (int i = 0; i < ip.length; i++) {
        ip[i] ^= bytes[Wire.COOKIE_AT + i];
      }
    }
    return new TransportAddress(IpAddress.of(ip), port);
  }

  /**
   * Types of attributes that the receiver must understand and does not, each once, as many as fit
   * into an answer.
   */
  public List<Integer> unknownRequired(IntPredicate known) {
    List<Integer> unknown = new ArrayList<>();
    for (int at = Wire.HEADER_BYTES; at < end && unknown.size() < MAX_UNKNOWN; at = next(at)) {
      int type = typeAt(at);
      if (type < Wire.FIRST_OPTIONAL && !known.test(type) && !unknown.contains(type)) {
        unknown.add(type);
      }
    }
    return unknown;
  }

  /** The strongest integrity attribute that there is. */
  public IntegrityKind integrity() {
    if (sha256At >= 0) {
      return IntegrityKind.SHA256;
    }
    return sha1At >= 0 ? IntegrityKind.SHA1 : IntegrityKind.NONE;
  }

  /**
   * Whether the attribute that {@link #integrity} names was made with this key. Takes as long for
   * right as for wrong ones.
   *
   * @return false also when there is no such attribute
   */
  public boolean isIntegrityRight(byte[] key) {
    IntegrityKind kind = integrity();
    if (kind == IntegrityKind.NONE) {
      return false;
    }
    int at = kind == IntegrityKind.SHA256 ? sha256At : sha1At;
    int length = lengthAt(at);
    byte[] right = Wire.hmac(kind, key, bytes, at, length);
    return MessageDigest.isEqual(
        Arrays.copyOf(right, length), Arrays.copyOfRange(bytes, valueAt(at), valueAt(at) + length));
  }

  /** Whether there is a FINGERPRINT; it is right then. */
  public boolean hasFingerprint() {
    return hasFingerprint;
  }
}

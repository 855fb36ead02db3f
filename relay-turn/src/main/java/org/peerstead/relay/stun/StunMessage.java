package org.peerstead.relay.stun;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.MalformedStunException.Reason;

/** A message. */
public final class StunMessage {
  private final byte[] bytes;
  private final int end;
  private int integrityAt = -1;
  private int integrity256At = -1;
  private boolean hasFingerprint;

  private StunMessage(byte[] bytes) throws MalformedStunException {
    this.bytes = bytes;
    if (bytes.length < 20) {
      throw new MalformedStunException(Reason.TOO_SHORT);
    }
    if ((bytes[0] & 0xc0) != 0) {
      throw new MalformedStunException(Reason.NOT_STUN);
    }
    if (u16(2) != bytes.length - 20 || (bytes.length & 3) != 0) {
      throw new MalformedStunException(Reason.WRONG_LENGTH);
    }
    if (i32(4) != 0x2112a442) {
      throw new MalformedStunException(Reason.WRONG_COOKIE);
    }
    int countUntil = -1;
    for (int at = 20; at < bytes.length; ) {
      if (bytes.length - at < 4) {
        throw new MalformedStunException(Reason.ATTRIBUTE_OVERRUN);
      }
      int type = u16(at);
      int length = u16(at + 2);
      int next = at + 4 + ((length + 3) & ~3);
      if (next > bytes.length) {
        throw new MalformedStunException(Reason.ATTRIBUTE_OVERRUN);
      }
      if (type == StunAttribute.FINGERPRINT) {
        if (next != bytes.length || length != 4) {
          throw new MalformedStunException(Reason.WRONG_FINGERPRINT);
        }
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, at);
        if (((int) crc.getValue() ^ 0x5354554e) != i32(at + 4)) {
          throw new MalformedStunException(Reason.WRONG_FINGERPRINT);
        }
        hasFingerprint = true;
      } else if (type == StunAttribute.MESSAGE_INTEGRITY && integrityAt < 0 && integrity256At < 0) {
        if (length != 20) {
          throw new MalformedStunException(Reason.BAD_ATTRIBUTE);
        }
        integrityAt = at;
        countUntil = countUntil < 0 ? at : countUntil;
      } else if (type == StunAttribute.MESSAGE_INTEGRITY_SHA256 && integrity256At < 0) {
        if (length < 16 || length > 32 || (length & 3) != 0) {
          throw new MalformedStunException(Reason.BAD_ATTRIBUTE);
        }
        integrity256At = at;
        countUntil = countUntil < 0 ? at : countUntil;
      }
      at = next;
    }
    end = countUntil < 0 ? bytes.length : countUntil;
  }

  public static StunMessage parse(byte[] bytes) throws MalformedStunException {
    return new StunMessage(bytes);
  }

  private int u16(int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private int i32(int at) {
    return u16(at) << 16 | u16(at + 2);
  }

  public int method() {
    return StunMethod.method(u16(0));
  }

  public StunClass messageClass() {
    return StunMethod.messageClass(u16(0));
  }

  public TransactionId transactionId() {
    return new TransactionId(i32(8), (long) i32(12) << 32 | i32(16) & 0xffff_ffffL);
  }

  public int length() {
    return bytes.length;
  }

  private int find(int type) {
    for (int at = 20; at < end; at += 4 + ((u16(at + 2) + 3) & ~3)) {
      if (u16(at) == type) {
        return at;
      }
    }
    return -1;
  }

  public boolean has(int type) {
    return find(type) >= 0;
  }

  public byte @Nullable [] bytes(int type) {
    int at = find(type);
    return at < 0 ? null : Arrays.copyOfRange(bytes, at + 4, at + 4 + u16(at + 2));
  }

  public @Nullable String text(int type) throws MalformedStunException {
    byte[] value = bytes(type);
    if (value == null) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedStunException(Reason.BAD_ATTRIBUTE);
    }
  }

  public long uint32(int type, long absent) throws MalformedStunException {
    int at = find(type);
    if (at < 0) {
      return absent;
    }
    if (u16(at + 2) != 4) {
      throw new MalformedStunException(Reason.BAD_ATTRIBUTE);
    }
    return i32(at + 4) & 0xffff_ffffL;
  }

  public @Nullable TransportAddress xorAddress(int type) throws MalformedStunException {
    int at = find(type);
    return at < 0 ? null : address(at, true);
  }

  public List<TransportAddress> xorAddresses(int type) throws MalformedStunException {
    List<TransportAddress> all = new ArrayList<>();
    for (int at = 20; at < end; at += 4 + ((u16(at + 2) + 3) & ~3)) {
      if (u16(at) == type) {
        all.add(address(at, true));
      }
    }
    return all;
  }

  public @Nullable TransportAddress address(int type) throws MalformedStunException {
    int at = find(type);
    return at < 0 ? null : address(at, false);
  }

  private TransportAddress address(int at, boolean xor) throws MalformedStunException {
    int length = u16(at + 2);
    int family = length < 2 ? -1 : bytes[at + 5];
    if (!(family == 1 && length == 8) && !(family == 2 && length == 20)) {
      throw new MalformedStunException(Reason.BAD_ATTRIBUTE);
    }
    int port = u16(at + 6);
    byte[] ip = Arrays.copyOfRange(bytes, at + 8, at + 4 + length);
    if (xor) {
      port ^= 0x2112;
      for (int i = 0; i < ip.length; i++) {
        ip[i] ^= bytes[4 + i];
      }
    }
    return new TransportAddress(IpAddress.of(ip), port);
  }

  public List<Integer> unknownRequired(IntPredicate known) {
    List<Integer> unknown = new ArrayList<>();
    for (int at = 20; at < end; at += 4 + ((u16(at + 2) + 3) & ~3)) {
      int type = u16(at);
      if (type < 0x8000 && !known.test(type) && !unknown.contains(type)) {
        unknown.add(type);
      }
    }
    return unknown;
  }

  public IntegrityKind integrity() {
    return integrity256At >= 0
        ? IntegrityKind.SHA256
        : integrityAt >= 0 ? IntegrityKind.SHA1 : IntegrityKind.NONE;
  }

  public boolean isIntegrityRight(byte[] key) {
    int at = integrity256At >= 0 ? integrity256At : integrityAt;
    if (at < 0) {
      return false;
    }
    String algorithm = integrity256At >= 0 ? "HmacSHA256" : "HmacSHA1";
    int length = u16(at + 2);
    byte[] head = Arrays.copyOf(bytes, at);
    int claimed = at - 20 + 4 + length;
    head[2] = (byte) (claimed >> 8);
    head[3] = (byte) claimed;
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
      return MessageDigest.isEqual(
          Arrays.copyOf(mac.doFinal(head), length),
          Arrays.copyOfRange(bytes, at + 4, at + 4 + length));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public boolean hasFingerprint() {
    return hasFingerprint;
  }
}

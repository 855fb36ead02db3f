package org.peerstead.relay.stun;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Writes a message. Not thread-safe. */
public final class StunWriter {
  private byte[] buffer = new byte[160];
  private int size = 20;

  private StunWriter(int type, TransactionId id) {
    put16(0, type);
    put32(4, 0x2112a442);
    put32(8, id.high());
    put32(12, (int) (id.low() >>> 32));
    put32(16, (int) id.low());
  }

  public static StunWriter request(int method, TransactionId id) {
    return new StunWriter(StunMethod.type(method, StunClass.REQUEST), id);
  }

  public static StunWriter indication(int method, TransactionId id) {
    return new StunWriter(StunMethod.type(method, StunClass.INDICATION), id);
  }

  public static StunWriter success(StunMessage request) {
    return new StunWriter(
        StunMethod.type(request.method(), StunClass.SUCCESS), request.transactionId());
  }

  public static StunWriter error(StunMessage request, int code) {
    return new StunWriter(
            StunMethod.type(request.method(), StunClass.ERROR), request.transactionId())
        .bytes(
            StunAttribute.ERROR_CODE, new byte[] {0, 0, (byte) (code / 100), (byte) (code % 100)});
  }

  public StunWriter bytes(int type, byte[] value) {
    int padded = (value.length + 3) & ~3;
    if (size + 4 + padded > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + 4 + padded));
    }
    put16(size, type);
    put16(size + 2, value.length);
    System.arraycopy(value, 0, buffer, size + 4, value.length);
    size += 4 + padded;
    put16(2, size - 20);
    return this;
  }

  public StunWriter text(int type, String value) {
    return bytes(type, value.getBytes(StandardCharsets.UTF_8));
  }

  public StunWriter uint32(int type, long v) {
    return bytes(type, new byte[] {(byte) (v >> 24), (byte) (v >> 16), (byte) (v >> 8), (byte) v});
  }

  public StunWriter empty(int type) {
    return bytes(type, new byte[0]);
  }

  public StunWriter xorAddress(int type, TransportAddress a) {
    byte[] v = address(a);
    v[2] ^= 0x21;
    v[3] ^= 0x12;
    for (int i = 4; i < v.length; i++) {
      v[i] ^= buffer[i];
    }
    return bytes(type, v);
  }

  public StunWriter address(int type, TransportAddress a) {
    return bytes(type, address(a));
  }

  private static byte[] address(TransportAddress a) {
    byte[] ip = a.ip().toBytes();
    byte[] v = new byte[4 + ip.length];
    v[1] = (byte) a.ip().family().number();
    v[2] = (byte) (a.port() >> 8);
    v[3] = (byte) a.port();
    System.arraycopy(ip, 0, v, 4, ip.length);
    return v;
  }

  public StunWriter unknownAttributes(List<Integer> types) {
    byte[] v = new byte[types.size() * 2];
    for (int i = 0; i < types.size(); i++) {
      v[2 * i] = (byte) (types.get(i) >> 8);
      v[2 * i + 1] = (byte) (int) types.get(i);
    }
    return bytes(StunAttribute.UNKNOWN_ATTRIBUTES, v);
  }

  public StunWriter addressErrorCode(IpFamily family, int code) {
    return bytes(
        StunAttribute.ADDRESS_ERROR_CODE,
        new byte[] {(byte) family.number(), 0, (byte) (code / 100), (byte) (code % 100)});
  }

  public StunWriter channelNumber(int number) {
    return uint32(StunAttribute.CHANNEL_NUMBER, (long) number << 16);
  }

  public StunWriter requestedTransport(int protocol) {
    return uint32(StunAttribute.REQUESTED_TRANSPORT, (long) protocol << 24);
  }

  public StunWriter addressFamily(int type, IpFamily family) {
    return uint32(type, (long) family.number() << 24);
  }

  public StunWriter icmp(int type, int code, int data) {
    int tc = type << 9 | code & 0x1ff;
    return bytes(
        StunAttribute.ICMP,
        new byte[] {
          0,
          0,
          (byte) (tc >> 8),
          (byte) tc,
          (byte) (data >> 24),
          (byte) (data >> 16),
          (byte) (data >> 8),
          (byte) data
        });
  }

  public StunWriter integrity(IntegrityKind kind, byte[] key) {
    return switch (kind) {
      case NONE -> this;
      case SHA1 -> mac(StunAttribute.MESSAGE_INTEGRITY, "HmacSHA1", 20, key);
      case SHA256 -> mac(StunAttribute.MESSAGE_INTEGRITY_SHA256, "HmacSHA256", 32, key);
    };
  }

  private StunWriter mac(int type, String algorithm, int length, byte[] key) {
    put16(2, size - 20 + 4 + length);
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
      mac.update(buffer, 0, size);
      return bytes(type, mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public StunWriter fingerprint() {
    put16(2, size - 20 + 8);
    CRC32 crc = new CRC32();
    crc.update(buffer, 0, size);
    return uint32(StunAttribute.FINGERPRINT, crc.getValue() ^ 0x5354554e);
  }

  public int length() {
    return size;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(buffer, size);
  }

  private void put16(int at, int v) {
    buffer[at] = (byte) (v >> 8);
    buffer[at + 1] = (byte) v;
  }

  private void put32(int at, int v) {
    put16(at, v >>> 16);
    put16(at + 2, v);
  }
}

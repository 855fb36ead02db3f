package org.peerstead.benchmarks.relay;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Writes one STUN request after another into the same array (RFC 8489). Not thread-safe. */
final class TurnRequest {
  static final int BINDING = 0x0001;
  static final int ALLOCATE = 0x0003;
  static final int REFRESH = 0x0004;
  static final int CREATE_PERMISSION = 0x0008;
  static final int CHANNEL_BIND = 0x0009;

  static final int USERNAME = 0x0006;
  static final int MESSAGE_INTEGRITY = 0x0008;
  static final int ERROR_CODE = 0x0009;
  static final int CHANNEL_NUMBER = 0x000C;
  static final int LIFETIME = 0x000D;
  static final int XOR_PEER_ADDRESS = 0x0012;
  static final int REALM = 0x0014;
  static final int NONCE = 0x0015;
  static final int XOR_RELAYED_ADDRESS = 0x0016;
  static final int REQUESTED_TRANSPORT = 0x0019;

  static final int COOKIE = 0x2112A442;
  static final int HEADER_BYTES = 20;

  private static final int MAC_BYTES = 20;

  private final ByteBuffer buffer = ByteBuffer.allocate(1_024);
  private final Mac mac;

  TurnRequest() {
    try {
      mac = Mac.getInstance("HmacSHA1");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no HmacSHA1", e);
    }
  }

  /** The key of a long-term credential, for the algorithm that every server knows. */
  static byte[] key(String user, String realm, String password) {
    try {
      return MessageDigest.getInstance("MD5")
          .digest((user + ":" + realm + ":" + password).getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no MD5", e);
    }
  }

  /** Begins a message; the transaction id is the three numbers. */
  TurnRequest begin(int type, int first, int second, int third) {
    buffer.clear();
    buffer.putShort((short) type).putShort((short) 0).putInt(COOKIE);
    buffer.putInt(first).putInt(second).putInt(third);
    return this;
  }

  TurnRequest bytes(int type, byte[] value) {
    buffer.putShort((short) type).putShort((short) value.length).put(value);
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
    return this;
  }

  TurnRequest number(int type, int value) {
    buffer.putShort((short) type).putShort((short) 4).putInt(value);
    return this;
  }

  TurnRequest peer(int host, int port) {
    buffer.putShort((short) XOR_PEER_ADDRESS).putShort((short) 8).putShort((short) 1);
    buffer.putShort((short) (port ^ (COOKIE >>> 16))).putInt(host ^ COOKIE);
    return this;
  }

  /** Ends the message without integrity; its length. */
  int end() {
    buffer.putShort(2, (short) (buffer.position() - HEADER_BYTES));
    return buffer.position();
  }

  /** Ends the message with MESSAGE-INTEGRITY; its length. */
  int end(byte[] key) {
    int length = buffer.position();
    buffer.putShort(2, (short) (length + 4 + MAC_BYTES - HEADER_BYTES));
    try {
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("not a key", e);
    }
    mac.update(buffer.array(), 0, length);
    buffer.putShort((short) MESSAGE_INTEGRITY).putShort((short) MAC_BYTES).put(mac.doFinal());
    return buffer.position();
  }

  byte[] array() {
    return buffer.array();
  }
}

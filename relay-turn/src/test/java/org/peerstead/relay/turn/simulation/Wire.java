package org.peerstead.relay.turn.simulation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.peerstead.relay.stun.IpAddress;
import org.peerstead.relay.stun.IpFamily;
import org.peerstead.relay.stun.TransportAddress;

/** Reads STUN for the model, sharing nothing with the code under test. */
final class Wire {
  static final int REQUEST = 0;
  static final int INDICATION = 1;
  static final int SUCCESS = 2;
  static final int ERROR = 3;

  static final int ALLOCATE = 3;
  static final int REFRESH = 4;
  static final int SEND = 6;
  static final int DATA = 7;
  static final int CREATE_PERMISSION = 8;
  static final int CHANNEL_BIND = 9;
  static final int BINDING = 1;

  private static final int INTEGRITY = 0x0008;
  private static final int INTEGRITY_SHA256 = 0x001c;
  private static final int FINGERPRINT = 0x8028;

  /** Attributes that a request may carry and must be understood. */
  private static final Set<Integer> KNOWN =
      Set.of(
          0x0006, 0x0008, 0x000c, 0x000d, 0x0012, 0x0013, 0x0014, 0x0015, 0x0017, 0x0018, 0x0019,
          0x001a, 0x001b, 0x001c, 0x001d, 0x001e, 0x0022);

  private record Attribute(int type, byte[] value) {}

  final byte[] bytes;
  final int method;
  final int messageClass;
  private final List<Attribute> attributes = new ArrayList<>();
  private boolean hasFingerprint;
  private int integrityAt = -1;
  private int integrity256At = -1;

  private Wire(byte[] bytes, int method, int messageClass) {
    this.bytes = bytes;
    this.method = method;
    this.messageClass = messageClass;
  }

  /** Null when it is not STUN as it has to be. A wrong FINGERPRINT does not count here. */
  static @Nullable Wire parse(byte[] bytes) {
    if (bytes.length < 20 || bytes.length % 4 != 0 || bytes[0] < 0 || bytes[0] >= 0x40) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int type = in.getShort();
    int length = in.getShort() & 0xffff;
    if (length != bytes.length - 20 || in.getInt() != 0x2112_a442) {
      return null;
    }
    int messageClass = (type & 0x100) >> 7 | (type & 0x10) >> 4;
    int method = (type & 0x3e00) >> 2 | (type & 0xe0) >> 1 | type & 0xf;
    Wire message = new Wire(bytes, method, messageClass);
    in.position(20);
    while (in.hasRemaining()) {
      int at = in.position();
      int attribute = in.getShort() & 0xffff;
      int size = in.getShort() & 0xffff;
      if ((size + 3) / 4 * 4 > in.remaining()) {
        return null;
      }
      byte[] value = new byte[size];
      in.get(value);
      in.position(at + 4 + (size + 3) / 4 * 4);
      message.add(at, attribute, value);
    }
    return message;
  }

  private void add(int at, int type, byte[] value) {
    hasFingerprint |= type == FINGERPRINT;
    boolean isClosed = integrity256At >= 0 || (integrityAt >= 0 && type != INTEGRITY_SHA256);
    if (isClosed) {
      return;
    }
    if (type == INTEGRITY) {
      integrityAt = at;
    } else if (type == INTEGRITY_SHA256) {
      integrity256At = at;
    }
    attributes.add(new Attribute(type, value));
  }

  byte @Nullable [] value(int type) {
    for (Attribute attribute : attributes) {
      if (attribute.type == type) {
        return attribute.value;
      }
    }
    return null;
  }

  boolean has(int type) {
    return value(type) != null;
  }

  byte[] need(int type) {
    byte[] value = value(type);
    if (value == null) {
      throw new AssertionError("no attribute " + Integer.toHexString(type) + " in " + this);
    }
    return value;
  }

  @Nullable String text(int type) {
    byte[] value = value(type);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  long number(int type, long absent) {
    byte[] value = value(type);
    return value == null ? absent : ByteBuffer.wrap(value).getInt() & 0xffff_ffffL;
  }

  @Nullable TransportAddress address(int type) {
    List<TransportAddress> all = addresses(type);
    return all.isEmpty() ? null : all.getFirst();
  }

  List<TransportAddress> addresses(int type) {
    List<TransportAddress> found = new ArrayList<>();
    for (Attribute attribute : attributes) {
      if (attribute.type == type) {
        ByteBuffer in = ByteBuffer.wrap(attribute.value);
        in.getShort();
        int port = in.getShort() & 0xffff ^ 0x2112;
        byte[] ip = Arrays.copyOfRange(attribute.value, 4, attribute.value.length);
        for (int i = 0; i < ip.length; i++) {
          ip[i] ^= bytes[4 + i];
        }
        found.add(new TransportAddress(IpAddress.of(ip), port));
      }
    }
    return found;
  }

  /** The error code of an answer; 0 of a success. */
  int code() {
    if (messageClass == SUCCESS) {
      return 0;
    }
    byte[] value = need(0x0009);
    return value[2] * 100 + value[3];
  }

  boolean hasUnknownRequired() {
    return attributes.stream().anyMatch(a -> a.type < 0x8000 && !KNOWN.contains(a.type));
  }

  boolean isSigned() {
    return integrityAt >= 0 || integrity256At >= 0;
  }

  /** Whether the strongest integrity is right for an MD5 key. */
  boolean isSignedBy(String username, String realm, String password) {
    int at = integrity256At >= 0 ? integrity256At : integrityAt;
    String algorithm = integrity256At >= 0 ? "HmacSHA256" : "HmacSHA1";
    try {
      byte[] key =
          MessageDigest.getInstance("MD5")
              .digest((username + ":" + realm + ":" + password).getBytes(StandardCharsets.UTF_8));
      byte[] signed = Arrays.copyOf(bytes, at);
      byte[] claimed = need(integrity256At >= 0 ? INTEGRITY_SHA256 : INTEGRITY);
      int length = at - 20 + 4 + claimed.length;
      signed[2] = (byte) (length >> 8);
      signed[3] = (byte) length;
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(key, algorithm));
      return Arrays.equals(mac.doFinal(signed), claimed);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  boolean answers(Wire request) {
    return method == request.method
        && (messageClass == SUCCESS || messageClass == ERROR)
        && Arrays.equals(bytes, 4, 20, request.bytes, 4, 20);
  }

  byte[] id() {
    return Arrays.copyOfRange(bytes, 8, 20);
  }

  static IpFamily familyOf(int number) {
    return number == 1 ? IpFamily.V4 : IpFamily.V6;
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }

  /** Whether the first byte says that this is data, in the old range of channels or the new one. */
  static boolean isChannelData(byte[] bytes) {
    return bytes.length >= 4 && (bytes[0] & 0xc0) == 0x40;
  }

  /** The highest channel that a client of this kind may bind; old ones show a FINGERPRINT. */
  int lastChannel() {
    return hasFingerprint ? 0x7ffe : 0x4fff;
  }
}

package org.peerstead.relay.stun;

import java.io.ByteArrayOutputStream;
import java.util.zip.CRC32;

/** Messages as no honest writer makes them. */
final class Raw {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private Raw(int type) {
    int16(type).int16(0).int32(Wire.COOKIE);
    for (int i = 1; i <= 12; i++) {
      bytes.write(i);
    }
  }

  static Raw message(int type) {
    return new Raw(type);
  }

  /** A Binding request. */
  static Raw binding() {
    return message(0x0001);
  }

  static Raw sendIndication() {
    return message(0x0016);
  }

  Raw int16(int value) {
    bytes.write(value >> 8);
    bytes.write(value);
    return this;
  }

  Raw int32(int value) {
    return int16(value >>> 16).int16(value);
  }

  /** An attribute with zero padding. */
  Raw attribute(int type, int... value) {
    int16(type).int16(value.length);
    for (int octet : value) {
      bytes.write(octet);
    }
    bytes.writeBytes(new byte[-value.length & 3]);
    return this;
  }

  Raw attribute(int type, byte[] value) {
    int16(type).int16(value.length);
    bytes.writeBytes(value);
    bytes.writeBytes(new byte[-value.length & 3]);
    return this;
  }

  /** A right fingerprint if the message ended with it. */
  Raw fingerprint() {
    byte[] message = bytes.toByteArray();
    Wire.putInt16(message, 2, message.length - 20 + 8);
    CRC32 crc = new CRC32();
    crc.update(message);
    return int16(0x8028).int16(4).int32((int) crc.getValue() ^ 0x5354554e);
  }

  /** With the right length in the header. */
  byte[] toBytes() {
    byte[] message = bytes.toByteArray();
    return withLength(message.length - 20);
  }

  byte[] withLength(int length) {
    byte[] message = bytes.toByteArray();
    Wire.putInt16(message, 2, length);
    return message;
  }
}

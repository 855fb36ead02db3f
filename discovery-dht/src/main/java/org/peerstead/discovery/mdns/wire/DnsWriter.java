package org.peerstead.discovery.mdns.wire;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.peerstead.securestream.encoding.Slice;

/** Writes one message. Not thread-safe. */
final class DnsWriter {
  /** Offsets that fit the 14 bits of a pointer. */
  private static final int MAX_POINTER = 0x3fff;

  private record Written(byte[] suffix, int offset) {}

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
  private final List<Written> suffixes = new ArrayList<>();

  byte[] message(DnsMessage message) {
    uint16(message.id());
    uint16(message.isAnswer() ? DnsMessage.ANSWER | DnsMessage.AUTHORITATIVE : 0);
    uint16(message.questions().size());
    uint16(message.records().size());
    uint16(0);
    uint16(0);
    for (DnsQuestion question : message.questions()) {
      name(question.name());
      uint16(question.type());
      uint16(DnsMessage.CLASS_IN | (question.isUnicastWanted() ? DnsMessage.TOP_BIT : 0));
    }
    for (DnsRecord record : message.records()) {
      record(record);
    }
    return out.toByteArray();
  }

  private void record(DnsRecord record) {
    name(record.name());
    uint16(record.type());
    uint16(DnsMessage.CLASS_IN | (record.isFlush() ? DnsMessage.TOP_BIT : 0));
    uint16(record.ttlSeconds() >>> 16);
    uint16(record.ttlSeconds());
    switch (record) {
      case DnsRecord.Pointer pointer -> {
        uint16(sizeOf(pointer.target()));
        name(pointer.target());
      }
      case DnsRecord.Service service -> {
        uint16(6 + service.host().length());
        uint16(0);
        uint16(0);
        uint16(service.port());
        // RFC 2782 forbids compression here, and readers that go by it exist.
        plainName(service.host());
      }
      case DnsRecord.Text text -> data(text.strings());
      case DnsRecord.Address address -> data(address.address().bytes());
    }
  }

  private void data(Slice bytes) {
    uint16(bytes.length());
    out.write(bytes.array(), bytes.offset(), bytes.length());
  }

  /** Bytes that {@link #name} will write. */
  private int sizeOf(DnsName name) {
    int at = 0;
    while (name.at(at) != 0) {
      if (offsetOf(name, at) >= 0) {
        return at + 2;
      }
      at += 1 + name.at(at);
    }
    return at + 1;
  }

  private void name(DnsName name) {
    int at = 0;
    while (name.at(at) != 0) {
      int known = offsetOf(name, at);
      if (known >= 0) {
        uint16(0xc000 | known);
        return;
      }
      if (out.size() <= MAX_POINTER) {
        suffixes.add(new Written(name.suffix(at), out.size()));
      }
      int size = name.at(at);
      for (int i = 0; i <= size; i++) {
        out.write(name.at(at + i));
      }
      at += 1 + size;
    }
    out.write(0);
  }

  private void plainName(DnsName name) {
    for (int i = 0; i < name.length(); i++) {
      out.write(name.at(i));
    }
  }

  private int offsetOf(DnsName name, int at) {
    for (Written written : suffixes) {
      if (name.equalFrom(at, written.suffix())) {
        return written.offset();
      }
    }
    return -1;
  }

  private void uint16(int value) {
    out.write(value >>> 8);
    out.write(value);
  }
}

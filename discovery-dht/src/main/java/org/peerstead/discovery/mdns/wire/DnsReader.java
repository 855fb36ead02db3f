package org.peerstead.discovery.mdns.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.wire.MalformedDnsException.Reason;
import org.peerstead.securestream.encoding.Slice;

/** Reads one message. Not thread-safe. */
final class DnsReader {
  private static final int POINTER = 0xc0;

  private final byte[] bytes;
  private final int end;
  private final byte[] name = new byte[DnsName.MAX_BYTES];
  private int at;

  DnsReader(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  DnsMessage message() throws MalformedDnsException {
    int id = uint16();
    int flags = uint16();
    if ((flags & (DnsMessage.OPERATION | DnsMessage.ERROR)) != 0) {
      throw new MalformedDnsException(Reason.BAD_HEADER, "flags " + Integer.toHexString(flags));
    }
    int questionCount = uint16();
    int answers = uint16();
    int authorities = uint16();
    int additional = uint16();
    if (questionCount > DnsMessage.MAX_QUESTIONS
        || answers + authorities + additional > DnsMessage.MAX_RECORDS) {
      throw new MalformedDnsException(
          Reason.TOO_MANY_RECORDS,
          questionCount + " questions, " + (answers + authorities + additional) + " records");
    }
    List<DnsQuestion> questions = new ArrayList<>();
    for (int i = 0; i < questionCount; i++) {
      DnsName asked = name();
      int type = uint16();
      int klass = uint16();
      if ((klass & ~DnsMessage.TOP_BIT) == DnsMessage.CLASS_IN || (klass & 0xff) == 0xff) {
        questions.add(new DnsQuestion(asked, type, (klass & DnsMessage.TOP_BIT) != 0));
      }
    }
    List<DnsRecord> records = new ArrayList<>();
    for (int i = 0; i < answers + authorities + additional; i++) {
      DnsRecord record = record();
      boolean isAuthority = i >= answers && i < answers + authorities;
      if (record != null && !isAuthority) {
        records.add(record);
      }
    }
    boolean isAnswer = (flags & DnsMessage.ANSWER) != 0;
    return new DnsMessage(id, isAnswer, questions, records);
  }

  private @Nullable DnsRecord record() throws MalformedDnsException {
    DnsName owner = name();
    int type = uint16();
    int klass = uint16();
    int ttl = uint16() << 16 | uint16();
    int length = uint16();
    int start = at;
    int next = start + length;
    if (next > end) {
      throw new MalformedDnsException(Reason.TRUNCATED, "data of " + length + " bytes");
    }
    // The top bit of a lifetime is not used; with it set, nobody knows what was meant.
    int ttlSeconds = Math.max(ttl, 0);
    boolean isFlush = (klass & DnsMessage.TOP_BIT) != 0;
    DnsRecord record = null;
    if ((klass & ~DnsMessage.TOP_BIT) == DnsMessage.CLASS_IN) {
      switch (type) {
        case DnsRecord.PTR -> record = new DnsRecord.Pointer(owner, ttlSeconds, isFlush, name());
        case DnsRecord.SRV -> {
          at += 4;
          int port = uint16();
          record = new DnsRecord.Service(owner, ttlSeconds, isFlush, port, name());
        }
        case DnsRecord.TXT -> {
          at = next;
          record = new DnsRecord.Text(owner, ttlSeconds, isFlush, Slice.of(bytes, start, length));
        }
        case DnsRecord.A, DnsRecord.AAAA -> {
          if (length != (type == DnsRecord.A ? 4 : 16)) {
            throw new MalformedDnsException(Reason.BAD_RECORD, "address of " + length + " bytes");
          }
          at = next;
          var address = new HostAddress(Slice.of(bytes, start, length));
          record = new DnsRecord.Address(owner, ttlSeconds, isFlush, address);
        }
        default -> at = next;
      }
    } else {
      at = next;
    }
    if (at != next) {
      throw new MalformedDnsException(Reason.BAD_RECORD, "type " + type + " of " + length);
    }
    return record;
  }

  private DnsName name() throws MalformedDnsException {
    int length = 0;
    int position = at;
    // Each pointer leads to before the labels it was found behind, so that this ends.
    int limit = position;
    boolean isJumped = false;
    while (true) {
      int size = octet(position++);
      if (size == 0) {
        break;
      }
      if ((size & POINTER) == POINTER) {
        int target = (size & ~POINTER) << 8 | octet(position++);
        if (!isJumped) {
          at = position;
          isJumped = true;
        }
        if (target >= limit) {
          throw new MalformedDnsException(Reason.BAD_NAME, "pointer to " + target);
        }
        position = target;
        limit = target;
        continue;
      }
      if ((size & POINTER) != 0 || length + size + 2 > DnsName.MAX_BYTES) {
        throw new MalformedDnsException(Reason.BAD_NAME, "label of " + size + " bytes");
      }
      if (position + size > end) {
        throw new MalformedDnsException(Reason.TRUNCATED, "label of " + size + " bytes");
      }
      name[length] = (byte) size;
      System.arraycopy(bytes, position, name, length + 1, size);
      length += size + 1;
      position += size;
    }
    if (!isJumped) {
      at = position;
    }
    name[length] = 0;
    return DnsName.ofWire(name, length + 1);
  }

  private int octet(int position) throws MalformedDnsException {
    if (position >= end) {
      throw new MalformedDnsException(Reason.TRUNCATED, "at byte " + position);
    }
    return bytes[position] & 0xff;
  }

  private int uint16() throws MalformedDnsException {
    int value = octet(at) << 8 | octet(at + 1);
    at += 2;
    return value;
  }
}

package org.peerstead.discovery.mdns.core;

import java.util.ArrayList;
import java.util.List;
import org.peerstead.discovery.mdns.wire.DnsMessage;
import org.peerstead.discovery.mdns.wire.DnsName;
import org.peerstead.discovery.mdns.wire.DnsQuestion;
import org.peerstead.discovery.mdns.wire.DnsRecord;
import org.peerstead.discovery.mdns.wire.HostAddress;
import org.peerstead.discovery.mdns.wire.ServiceText;
import org.peerstead.securestream.encoding.Slice;

/**
 * The records of this node on one link under one name, and the messages made of them. Every message
 * about an instance is whole: readers need no cache. Immutable.
 *
 * @param instance label of the instance
 * @param host label of the host
 * @param addresses where it is reached
 */
record OwnRecords(
    String instance, String host, List<HostAddress> addresses, int tcpPort, ServiceText text) {
  /** {@code _peerstead._tcp.local.} */
  static final DnsName SERVICE = DnsName.of("_peerstead", "_tcp", "local");

  /** The name that lists service types (RFC 6763 section 9). */
  static final DnsName ALL_SERVICES = DnsName.of("_services", "_dns-sd", "_udp", "local");

  private static final DnsName LOCAL = DnsName.of("local");

  /** Lifetime of what tells of the instance: who leaves without a word is forgotten after it. */
  static final int INSTANCE_TTL_SECONDS = 1200;

  /** Lifetime of what depends on addresses (RFC 6762 section 10). */
  static final int HOST_TTL_SECONDS = 120;

  /** Lifetime in answers to those who do not speak multicast DNS (RFC 6762 section 6.7). */
  private static final int LEGACY_TTL_SECONDS = 10;

  /** Copies the list. */
  OwnRecords {
    addresses = List.copyOf(addresses);
  }

  DnsName instanceName() {
    return SERVICE.child(instance);
  }

  DnsName hostName() {
    return LOCAL.child(host);
  }

  OwnRecords withText(ServiceText newText) {
    return new OwnRecords(instance, host, addresses, tcpPort, newText);
  }

  /** That the instance is there. */
  byte[] announcement() {
    return announcement(INSTANCE_TTL_SECONDS);
  }

  /** That the instance is there for so long. */
  byte[] announcement(int ttlSeconds) {
    return answer(0, List.of(), ttlSeconds, Math.min(ttlSeconds, HOST_TTL_SECONDS), true);
  }

  /** That it ends. */
  byte[] goodbye() {
    return announcement(0);
  }

  /** For one who asked from another port: the question again and short lifetimes. */
  byte[] legacyAnswer(int id, List<DnsQuestion> questions) {
    return answer(id, questions, LEGACY_TTL_SECONDS, LEGACY_TTL_SECONDS, false);
  }

  private byte[] answer(
      int id, List<DnsQuestion> questions, int ttl, int hostTtl, boolean isFlush) {
    var records = new ArrayList<DnsRecord>();
    DnsName name = instanceName();
    DnsName hostName = hostName();
    records.add(new DnsRecord.Pointer(SERVICE, ttl, false, name));
    records.add(new DnsRecord.Service(name, hostTtl, isFlush, tcpPort, hostName));
    records.add(new DnsRecord.Text(name, ttl, isFlush, text.encode()));
    for (HostAddress address : addresses) {
      records.add(new DnsRecord.Address(hostName, hostTtl, isFlush, address));
    }
    return new DnsMessage(id, true, questions, records).encode();
  }

  /** That our service type is in use. */
  static byte[] serviceTypes() {
    var type = new DnsRecord.Pointer(ALL_SERVICES, INSTANCE_TTL_SECONDS, false, SERVICE);
    return new DnsMessage(0, true, List.of(), List.of(type)).encode();
  }

  /**
   * Who is there?
   *
   * @param known peers that need not answer
   */
  byte[] question(List<DnsRecord> known) {
    var records = new ArrayList<DnsRecord>();
    // Our own record among those known: the echo of this question finds nothing to answer.
    records.add(new DnsRecord.Pointer(SERVICE, INSTANCE_TTL_SECONDS, false, instanceName()));
    records.addAll(known);
    var ask = new DnsQuestion(SERVICE, DnsRecord.PTR, false);
    return new DnsMessage(0, false, List.of(ask), records).encode();
  }

  /** Whether records about this node answer a question. */
  boolean answers(DnsQuestion question) {
    DnsName name = question.name();
    if (name.equals(SERVICE)) {
      return question.asksFor(DnsRecord.PTR);
    }
    if (name.equals(instanceName())) {
      return question.asksFor(DnsRecord.SRV) || question.asksFor(DnsRecord.TXT);
    }
    return name.equals(hostName())
        && (question.asksFor(DnsRecord.A) || question.asksFor(DnsRecord.AAAA));
  }

  /** Whether the asker of this message knows the pointer to us for long enough. */
  boolean isKnownTo(DnsMessage query) {
    for (DnsRecord record : query.records()) {
      if (record instanceof DnsRecord.Pointer pointer
          && pointer.ttlSeconds() >= INSTANCE_TTL_SECONDS / 2
          && pointer.name().equals(SERVICE)
          && pointer.target().equals(instanceName())) {
        return true;
      }
    }
    return false;
  }

  /** A label of random bytes: 16 letters and digits. */
  static String label(byte[] tenBytes) {
    var label = new StringBuilder(16);
    Slice bytes = Slice.of(tenBytes);
    long window = 0;
    int bits = 0;
    for (int i = 0; i < bytes.length(); i++) {
      window = window << 8 | bytes.at(i) & 0xff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        label.append("abcdefghijklmnopqrstuvwxyz234567".charAt((int) (window >>> bits) & 31));
      }
    }
    return label.toString();
  }
}

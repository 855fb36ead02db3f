package org.peerstead.discovery.mdns.wire;

import java.util.List;
import org.peerstead.discovery.mdns.wire.MalformedDnsException.Reason;

/**
 * A query or an answer.
 *
 * <pre>
 * offset size
 * 0      2    id: 0 in multicast, echoed to askers who do not speak multicast DNS
 * 2      2    flags: 0x8000 answer, 0x0400 authoritative, 0x7800 operation = 0, 0x000f error = 0
 * 4      2    questions
 * 6      2    records that answer; in a query those the asker knows already
 * 8      2    records of authority, passed over
 * 10     2    additional records, read as if they answered
 * 12          questions: name, type (2), class (2: 1, with 0x8000 for a unicast answer)
 *             records: name, type (2), class (2: 1, with 0x8000 for cache-flush), ttl (4), length (2), data
 * </pre>
 *
 * Numbers are big endian. Records of other classes and types are passed over.
 *
 * @param id 16 bits
 * @param isAnswer whether it answers
 * @param questions what is asked
 * @param records answers and additional records
 */
public record DnsMessage(
    int id, boolean isAnswer, List<DnsQuestion> questions, List<DnsRecord> records) {
  /** Longest message, with the headers of IP and UDP 9,000 bytes (RFC 6762 section 17). */
  public static final int MAX_BYTES = 8952;

  /** Questions of one message; known askers use a handful. */
  public static final int MAX_QUESTIONS = 64;

  /** Records of one message, those passed over included. */
  public static final int MAX_RECORDS = 256;

  static final int ANSWER = 0x8000;
  static final int AUTHORITATIVE = 0x0400;
  static final int OPERATION = 0x7800;
  static final int ERROR = 0x000f;
  static final int CLASS_IN = 1;
  static final int TOP_BIT = 0x8000;

  /** Copies the lists. */
  public DnsMessage {
    questions = List.copyOf(questions);
    records = List.copyOf(records);
  }

  /** Reads a datagram; the message looks into it, so it must not change. */
  public static DnsMessage decode(byte[] datagram, int length) throws MalformedDnsException {
    if (length > MAX_BYTES) {
      throw new MalformedDnsException(Reason.TOO_LONG, length + " bytes");
    }
    return new DnsReader(datagram, length).message();
  }

  /** The bytes to send, with compressed names. */
  public byte[] encode() {
    return new DnsWriter().message(this);
  }
}

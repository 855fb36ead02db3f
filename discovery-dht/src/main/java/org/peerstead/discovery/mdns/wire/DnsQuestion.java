package org.peerstead.discovery.mdns.wire;

/**
 * A question.
 *
 * @param name what is asked about
 * @param type a record type, {@link DnsRecord#ANY} for all
 * @param isUnicastWanted whether the asker would take the answer for itself alone (RFC 6762 section
 *     5.4)
 */
public record DnsQuestion(DnsName name, int type, boolean isUnicastWanted) {
  /** Whether records of this type are asked for. */
  public boolean asksFor(int recordType) {
    return type == recordType || type == DnsRecord.ANY;
  }
}

/**
 * The messages of discovery in the local network: the part of DNS (RFC 1035) that multicast DNS
 * (RFC 6762) and DNS-SD (RFC 6763) need, and the text record of our service type. Bytes only, no
 * decisions; what others sent is bounded before anything is allocated for it.
 *
 * <p>Specification: {@code docs/protocols/lan.md}. Entry: {@link
 * org.peerstead.discovery.mdns.wire.DnsMessage}.
 */
@NullMarked
package org.peerstead.discovery.mdns.wire;

import org.jspecify.annotations.NullMarked;

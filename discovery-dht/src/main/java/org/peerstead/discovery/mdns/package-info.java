/**
 * Finding nodes in the local network by multicast DNS and DNS-SD: one service per node, {@code
 * _peerstead._tcp}, that names no document and nothing permanent. {@code wire} has the messages,
 * {@code core} what is said and believed on one link, this package the sockets of all links.
 *
 * <p>Specification: {@code docs/protocols/lan.md}. Entry: {@link
 * org.peerstead.discovery.mdns.LanDiscovery}, one thread of its own, methods callable from all.
 */
@NullMarked
package org.peerstead.discovery.mdns;

import org.jspecify.annotations.NullMarked;

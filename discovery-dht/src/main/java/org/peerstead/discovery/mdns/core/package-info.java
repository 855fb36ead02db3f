/**
 * What a node says and believes on one link: when it asks, answers and announces, under which name,
 * and whom it takes for a peer. State machines: time, chance and datagrams are passed in.
 *
 * <p>Specification: {@code docs/protocols/lan.md}. Entry: {@link
 * org.peerstead.discovery.mdns.core.LanLink}.
 */
@NullMarked
package org.peerstead.discovery.mdns.core;

import org.jspecify.annotations.NullMarked;

/**
 * Values of the HyperDHT commands as records with their byte layouts, and the bytes that signatures
 * cover. A record's static {@code decode} (or {@code read}) takes what another node sent: every
 * length and count is bounded, bytes after the last field are ignored as npm does, and what cannot
 * be read is an {@link org.peerstead.securestream.encoding.EncodingException}. Slices of decoded
 * records look into the datagram. Nothing here knows time, sockets or state.
 *
 * <p>Specification: {@code docs/protocols/hyperdht.md}; npm {@code hyperdht} 6.34.0.
 */
@NullMarked
package org.peerstead.discovery.hyperdht.wire;

import org.jspecify.annotations.NullMarked;

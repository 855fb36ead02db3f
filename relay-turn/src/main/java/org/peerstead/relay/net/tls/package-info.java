/**
 * The certificate that a relay shows over TLS and DTLS: read from PEM files (RFC 7468), exchanged
 * while the relay runs. Entry: {@link org.peerstead.relay.net.tls.TlsMaterial}, which is
 * thread-safe.
 */
@NullMarked
package org.peerstead.relay.net.tls;

import org.jspecify.annotations.NullMarked;

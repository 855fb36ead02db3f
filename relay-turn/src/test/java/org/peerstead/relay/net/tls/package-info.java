/** Tests of certificates and keys. */
@NullMarked
package org.peerstead.relay.net.tls;

import org.jspecify.annotations.NullMarked;

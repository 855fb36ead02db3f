/** Credentials: who may come in, and who may not. */
@NullMarked
package org.peerstead.relay.auth;

import org.jspecify.annotations.NullMarked;

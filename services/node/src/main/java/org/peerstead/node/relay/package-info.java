/** The {@code relay} command: credentials, users and secrets in files, and a running relay. */
@NullMarked
package org.peerstead.node.relay;

import org.jspecify.annotations.NullMarked;

/**
 * Who may talk to this node: open or token access, the token file, and checks of Host and Origin.
 *
 * <p>Entry points: {@link org.peerstead.gateway.access.RequestFilter} for requests, {@link
 * org.peerstead.gateway.access.TokenFile} for the command line.
 */
@NullMarked
package org.peerstead.gateway.access;

import org.jspecify.annotations.NullMarked;

/** Tests of quotas and rate limits. */
@NullMarked
package org.peerstead.relay.turn.quota;

import org.jspecify.annotations.NullMarked;

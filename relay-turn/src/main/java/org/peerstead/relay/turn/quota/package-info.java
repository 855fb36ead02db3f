/**
 * What one user, one source and all together may take: allocations, bandwidth, and answers to
 * requests that nobody has signed. Entry types: {@link org.peerstead.relay.turn.quota.Quotas},
 * {@link org.peerstead.relay.turn.quota.SourceLimiter}.
 */
@NullMarked
package org.peerstead.relay.turn.quota;

import org.jspecify.annotations.NullMarked;

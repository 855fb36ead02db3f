/**
 * Whom a client may reach through the relay (RFC 8656 section 21): peer addresses are brought into
 * the forms that a network would act on, then judged by the operator's lists and by built-in
 * denials. Entry type: {@link org.peerstead.relay.turn.policy.PeerPolicy}.
 */
@NullMarked
package org.peerstead.relay.turn.policy;

import org.jspecify.annotations.NullMarked;

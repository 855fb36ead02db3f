package org.peerstead.merge;

import org.peerstead.events.SyncOutbound.Refusal;

/**
 * Why something new is not taken.
 *
 * @param refusal for counting
 * @param detail one sentence that names value, limit and remedy
 */
record Refused(Refusal refusal, String detail) {}

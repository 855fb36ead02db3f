package org.peerstead.relay.turn.quota;

/** Whether an allocation fits: a share of the quotas, or the limit it met. */
public sealed interface QuotaResult permits QuotaShare, QuotaRefusal {}

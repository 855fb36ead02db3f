package org.peerstead.crdt.model;

/** What a map key or a sequence position holds: a scalar or another object. */
public sealed interface Value permits ScalarValue, ObjectValue {}

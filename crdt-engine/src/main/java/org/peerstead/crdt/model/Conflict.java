package org.peerstead.crdt.model;

/** One of the visible values of a register, with the operation that wrote it. */
public record Conflict(Value value, OpId id) {}

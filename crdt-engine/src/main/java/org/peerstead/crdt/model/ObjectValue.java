package org.peerstead.crdt.model;

/** A nested object. */
public record ObjectValue(ObjectId id, ObjectType type) implements Value {}

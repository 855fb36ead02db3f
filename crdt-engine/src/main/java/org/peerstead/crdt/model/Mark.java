package org.peerstead.crdt.model;

/**
 * A range of a text that carries a named value; positions are in the document's text unit, end
 * exclusive.
 */
public record Mark(long start, long end, String name, ScalarValue value) {}

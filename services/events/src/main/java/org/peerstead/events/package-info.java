/**
 * The bus contract: every event that services exchange, the topics they travel on, their CBOR
 * codec, and the reader port through which a consumer pulls what was too large for an event.
 *
 * <p>Specification: {@code docs/protocols/events.md}, version 1. Entry points: {@link
 * org.peerstead.events.Event}, {@link org.peerstead.events.EventCodec}, {@link
 * org.peerstead.events.Topics}, {@link org.peerstead.events.DocumentReader}. All types are
 * immutable and safe to share between threads. Nothing here knows Quarkus, the bus implementation
 * or an engine.
 */
@NullMarked
package org.peerstead.events;

import org.jspecify.annotations.NullMarked;

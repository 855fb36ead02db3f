/**
 * The layer that replication and discovery share: from compact-encoding up to multiplexed channels
 * on an encrypted stream, as spoken by npm {@code hypercore} 11.39.5 and {@code hyperdht} 6.34.0.
 *
 * <p>Rooms, lowest first: {@code encoding}, {@code crypto}, {@code noise}, {@code stream}; {@code
 * protomux} needs {@code encoding} only. Nothing here opens a socket, reads a clock, starts a
 * thread, logs or draws random numbers: bytes, time and entropy are passed in.
 */
@NullMarked
package org.peerstead.securestream;

import org.jspecify.annotations.NullMarked;

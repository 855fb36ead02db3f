/**
 * The encrypted stream of npm {@code @hyperswarm/secret-stream} 6.9.2: frames with a length of
 * three bytes, a Noise XX handshake or the result of one made elsewhere, and libsodium's {@code
 * crypto_secretstream_xchacha20poly1305} in both directions.
 *
 * <p>Entry point: {@link org.peerstead.securestream.stream.SecretStream}, a state machine without
 * input and output. {@link org.peerstead.securestream.stream.SecretStreamPush} and {@link
 * org.peerstead.securestream.stream.SecretStreamPull} are the two ends of one direction, {@link
 * org.peerstead.securestream.stream.UnorderedMessages} the datagrams beside the stream.
 */
@NullMarked
package org.peerstead.securestream.stream;

import org.jspecify.annotations.NullMarked;

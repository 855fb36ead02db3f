/**
 * The byte layouts of npm {@code compact-encoding} 3.5.2 and {@code compact-encoding-bitfield}
 * 1.1.0: little endian unless a name says {@code Be}.
 *
 * <p>Entry points: {@link org.peerstead.securestream.encoding.CompactReader} and {@link
 * org.peerstead.securestream.encoding.CompactWriter}. Every length is checked against what is left
 * of the input and against a limit before anything is allocated.
 */
@NullMarked
package org.peerstead.securestream.encoding;

import org.jspecify.annotations.NullMarked;

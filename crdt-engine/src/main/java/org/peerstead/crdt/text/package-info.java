/** Positions in text: the units they are counted in and cursors that move with the text. */
@NullMarked
package org.peerstead.crdt.text;

import org.jspecify.annotations.NullMarked;

/** What the tests of all rooms of the hypercore library share. */
@NullMarked
package org.peerstead.hypercore;

import org.jspecify.annotations.NullMarked;

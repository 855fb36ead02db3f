/** Shared by the tests of this module: the recorded vectors. */
@NullMarked
package org.peerstead.securestream;

import org.jspecify.annotations.NullMarked;

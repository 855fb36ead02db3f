/** See the package of the same name in the main source folder. */
@NullMarked
package org.peerstead.dhtseed;

import org.jspecify.annotations.NullMarked;

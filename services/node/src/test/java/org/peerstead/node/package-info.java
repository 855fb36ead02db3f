/** Tests of the whole node and of its command line. */
@NullMarked
package org.peerstead.node;

import org.jspecify.annotations.NullMarked;

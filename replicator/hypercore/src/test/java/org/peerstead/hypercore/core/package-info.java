/** Tests of cores. */
@NullMarked
package org.peerstead.hypercore.core;

import org.jspecify.annotations.NullMarked;

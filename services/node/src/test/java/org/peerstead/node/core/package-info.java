/** Tests. */
@NullMarked
package org.peerstead.node.core;

import org.jspecify.annotations.NullMarked;

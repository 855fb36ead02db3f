/**
 * All services in one process, and the command line. Entry point: {@link org.peerstead.node.Main}.
 * Commands that need no server do not start one.
 */
@NullMarked
package org.peerstead.node;

import org.jspecify.annotations.NullMarked;

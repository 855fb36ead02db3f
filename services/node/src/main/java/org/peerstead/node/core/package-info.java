/**
 * {@code peerstead core}: makes, fills, reads, follows and checks signed logs of a running node,
 * and checks the logs of a node that does not run.
 *
 * <p>Entry: {@link org.peerstead.node.core.CoreCommand#run}. A failure is one line on the error
 * stream and an {@link org.peerstead.node.doc.ExitCode}.
 */
@NullMarked
package org.peerstead.node.core;

import org.jspecify.annotations.NullMarked;

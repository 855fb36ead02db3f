/**
 * {@code peerstead doc}: looks into, checks and merges Automerge files, and moves them to and from
 * a running node.
 *
 * <p>Needs no server for files and starts none. Entry: {@link
 * org.peerstead.node.doc.DocCommand#run}. Commands read everything before they write anything,
 * write files by renaming a finished one into place, and report a failure as one line on the error
 * stream and an {@link org.peerstead.node.doc.ExitCode}.
 */
@NullMarked
package org.peerstead.node.doc;

import org.jspecify.annotations.NullMarked;

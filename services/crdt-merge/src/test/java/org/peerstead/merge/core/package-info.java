/** Tests of the sync conversations about one document. */
@NullMarked
package org.peerstead.merge.core;

import org.jspecify.annotations.NullMarked;

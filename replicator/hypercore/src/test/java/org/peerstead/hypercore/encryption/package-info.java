/** Tests of this room, with bytes made by npm. */
@NullMarked
package org.peerstead.hypercore.encryption;

import org.jspecify.annotations.NullMarked;

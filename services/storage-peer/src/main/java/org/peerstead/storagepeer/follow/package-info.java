/**
 * Which logs are kept, on whose behalf, and which are given up first when space runs out. Decides
 * only; the caller acts and keeps time. Entry: {@link org.peerstead.storagepeer.follow.FollowBook}.
 */
@NullMarked
package org.peerstead.storagepeer.follow;

import org.jspecify.annotations.NullMarked;

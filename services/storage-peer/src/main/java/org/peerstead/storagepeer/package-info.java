/**
 * The service that keeps signed logs (hypercores): this device's own, and those of others that it
 * was asked to keep, without knowing what is in them. It talks to other peers over TCP as npm
 * hypercore does, tells the rest of the system what arrived, and stays within its space.
 *
 * <p>Entry points: {@link org.peerstead.storagepeer.StoragePeer} (the service without its
 * container), {@link org.peerstead.storagepeer.StoragePeerService} (the running bean). What is
 * kept, for whom and what is given up first is decided in {@link org.peerstead.storagepeer.follow};
 * the logs themselves belong to {@code org.peerstead.hypercore}.
 */
@NullMarked
package org.peerstead.storagepeer;

import org.jspecify.annotations.NullMarked;

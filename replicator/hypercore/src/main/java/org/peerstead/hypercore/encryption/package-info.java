/**
 * Encryption of blocks. Tree, signatures and lengths are over the ciphertext, so peers without the
 * key hold, prove and serve a core all the same.
 *
 * <p>Spec: npm {@code hypercore} 11.39.5, lib/default-encryption.js.
 */
@NullMarked
package org.peerstead.hypercore.encryption;

import org.jspecify.annotations.NullMarked;

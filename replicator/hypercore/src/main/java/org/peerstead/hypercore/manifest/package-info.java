/**
 * Who may sign for a core, what they sign, and whether they did.
 *
 * <p>Spec: npm {@code hypercore} 11.39.5, lib/verifier.js, lib/caps.js, lib/multisig.js. Entry:
 * {@link org.peerstead.hypercore.manifest.Manifest}.
 */
@NullMarked
package org.peerstead.hypercore.manifest;

import org.jspecify.annotations.NullMarked;

package org.peerstead.hypercore.store;

import org.peerstead.securestream.encoding.Fixed32;

/**
 * A name for a core, as npm corestore gives them.
 *
 * @param namespace 32 zero bytes at the root
 * @param name at most {@value #MAX_NAME_BYTES} bytes of UTF-8
 */
public record CoreAlias(Fixed32 namespace, String name) {
  /** Longest name in bytes of UTF-8. */
  public static final int MAX_NAME_BYTES = 1_024;
}

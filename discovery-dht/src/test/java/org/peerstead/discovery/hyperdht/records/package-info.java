/** Tests of what a node stores for others. */
@NullMarked
package org.peerstead.discovery.hyperdht.records;

import org.jspecify.annotations.NullMarked;

/** Tests of the node below HyperDHT, in virtual time and without sockets. */
@NullMarked
package org.peerstead.discovery.rpc.core;

import org.jspecify.annotations.NullMarked;

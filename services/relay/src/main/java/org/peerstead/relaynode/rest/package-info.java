/** The relay over REST: status, credentials, sessions, drain; {@code /api/v1/relay}. */
@NullMarked
package org.peerstead.relaynode.rest;

import org.jspecify.annotations.NullMarked;

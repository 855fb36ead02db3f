/**
 * The REST API of the DHT node below {@code /api/v1/dht}. Errors are problem documents (RFC 9457);
 * access is checked before a request comes here.
 */
@NullMarked
package org.peerstead.dhtseed.rest;

import org.jspecify.annotations.NullMarked;

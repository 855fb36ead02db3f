/**
 * The REST API of the storage peer below {@code /api/v1/cores} and {@code /api/v1/storage-peer}.
 * Errors are problem documents (RFC 9457); access is checked before a request comes here.
 */
@NullMarked
package org.peerstead.storagepeer.rest;

import org.jspecify.annotations.NullMarked;

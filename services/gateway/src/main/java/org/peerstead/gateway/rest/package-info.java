/**
 * The REST API below {@code /api/v1}: documents as JSON and as Automerge files, now or at given
 * heads, their history, import, deletion, and the state of the server. Errors are problem documents
 * (RFC 9457).
 */
@NullMarked
package org.peerstead.gateway.rest;

import org.jspecify.annotations.NullMarked;

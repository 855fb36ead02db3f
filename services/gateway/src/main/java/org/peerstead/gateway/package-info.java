/**
 * The network face for apps: automerge-repo's WebSocket protocol at {@code /sync}, the REST API
 * below {@code /api/v1}, access rules and limits. Owns sessions and access tokens; documents belong
 * to crdt-merge, which is reached over the bus and through {@code DocumentReader} only.
 *
 * <p>Entry points: {@code socket.SyncServer} for sockets, {@code rest.DocumentsResource} for REST,
 * {@code access.RequestFilter} for every request.
 */
@NullMarked
package org.peerstead.gateway;

import org.jspecify.annotations.NullMarked;

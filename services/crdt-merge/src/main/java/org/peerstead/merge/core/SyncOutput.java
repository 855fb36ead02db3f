package org.peerstead.merge.core;

import java.util.List;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.events.Session;

/** What {@link DocumentSync} wants done. */
public sealed interface SyncOutput {
  /** The session concerned. */
  Session session();

  /**
   * Send a sync message.
   *
   * @param session to whom
   * @param isRequest when this side lacks the document itself
   * @param message the encoded message
   * @param changes how many changes it carries
   */
  record Send(Session session, boolean isRequest, byte[] message, long changes)
      implements SyncOutput {}

  /** Tell the session that the document cannot be provided. */
  record Unavailable(Session session) implements SyncOutput {}

  /** The peer's storage was seen to have these heads. */
  record RemoteHeads(Session session, String storageId, List<ChangeHash> heads)
      implements SyncOutput {}
}

package org.peerstead.gateway.socket;

import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Writes what happens to sessions to the log, at DEBUG: peers' doings are no business of the
 * operator unless asked for. Session, peer and document are also fields of their own ({@code
 * session}, {@code peer}, {@code document}) for structured logs. Never contents, never tokens.
 * Stateless.
 */
final class SessionLog {
  private static final Logger LOG = Logger.getLogger(SessionLog.class);
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");
  private static final int MAX_LENGTH = 256;

  private SessionLog() {}

  /**
   * @param peerId any text from outside; shown without control characters, cut when long
   * @param document as a peer spelled it, empty when there is none
   */
  static void log(String sessionId, String peerId, String document, String what) {
    if (!LOG.isDebugEnabled()) {
      return;
    }
    String peer = printable(peerId);
    String name = printable(document);
    MDC.put("session", sessionId);
    MDC.put("peer", peer);
    if (!name.isEmpty()) {
      MDC.put("document", name);
    }
    try {
      LOG.debugf(
          "%s%s: %s",
          peer.isEmpty() ? "session " + sessionId : "peer " + peer,
          name.isEmpty() ? "" : ", document " + name,
          printable(what));
    } finally {
      MDC.remove("session");
      MDC.remove("peer");
      MDC.remove("document");
    }
  }

  private static String printable(String text) {
    String plain = UNPRINTABLE.matcher(text).replaceAll("?");
    return plain.length() <= MAX_LENGTH ? plain : plain.substring(0, MAX_LENGTH) + "...";
  }
}

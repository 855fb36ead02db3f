package org.peerstead.events;

/**
 * That somebody began or ended to use a relay, for the operator's view. What was relayed is never
 * told, nor with what secret the user came.
 *
 * @param session names the allocation until the relay restarts
 * @param relay host and port of the relay
 * @param phase whether it began or ended
 * @param user the user id, without the expiry that time-limited usernames carry
 * @param transport how the client reaches the relay
 * @param openedMillis when it began, milliseconds since 1970
 * @param atMillis when this was so, milliseconds since 1970
 * @param bytesUp client to peers, so far
 * @param bytesDown peers to client, so far
 * @param reason why it ended; {@link Reason#NONE} while it lives
 */
public record RelaySession(
    String session,
    String relay,
    Phase phase,
    String user,
    Transport transport,
    long openedMillis,
    long atMillis,
    long bytesUp,
    long bytesDown,
    Reason reason)
    implements Event {

  /** Longest user id told, in UTF-16 units. */
  public static final int MAX_USER_LENGTH = Session.MAX_TEXT_LENGTH;

  /** The codes are part of the layout. */
  public enum Phase {
    /** The client got an address. */
    OPENED(0),
    /** The address was given up. */
    CLOSED(1);

    private final int code;

    Phase(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** How a client reaches the relay. The codes are part of the layout. */
  public enum Transport {
    /** Datagrams. */
    UDP(0),
    /** A connection. */
    TCP(1),
    /** An encrypted connection. */
    TLS(2),
    /** Encrypted datagrams. */
    DTLS(3);

    private final int code;

    Transport(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** Why it ended. The codes are part of the layout. */
  public enum Reason {
    /** It lives. */
    NONE(0),
    /** The client asked for it. */
    RELEASED(1),
    /** The client did not renew it. */
    EXPIRED(2),
    /** The client's connection ended. */
    DISCONNECTED(3),
    /** An operator ended it. */
    ENDED_BY_OPERATOR(4),
    /** The relay stopped. */
    SHUTDOWN(5);

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  public RelaySession {
    if (user.length() > MAX_USER_LENGTH) {
      throw new IllegalArgumentException("user has " + user.length() + " characters");
    }
  }

  @Override
  public String topic() {
    return Topics.RELAY_SESSION;
  }

  @Override
  public String partitionKey() {
    return relay;
  }

  @Override
  public String idempotencyKey() {
    return relay + "/" + session + "/" + phase;
  }
}

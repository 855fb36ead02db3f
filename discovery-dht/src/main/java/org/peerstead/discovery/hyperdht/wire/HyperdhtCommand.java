package org.peerstead.discovery.hyperdht.wire;

/** Numbers of the commands above dht-rpc. */
public final class HyperdhtCommand {
  /** Passes the first message of a connection to a server and its answer back. */
  public static final int PEER_HANDSHAKE = 0;

  /** Passes a message between two peers that open their firewalls for each other. */
  public static final int PEER_HOLEPUNCH = 1;

  /** Asks for the record of a server by the hash of its public key. */
  public static final int FIND_PEER = 2;

  /** Asks for the peers of a topic. */
  public static final int LOOKUP = 3;

  /** Stores a peer under a topic, or a server under the hash of its public key. */
  public static final int ANNOUNCE = 4;

  /** Takes an announcement back. */
  public static final int UNANNOUNCE = 5;

  /** Stores a signed value under the hash of its public key. */
  public static final int MUTABLE_PUT = 6;

  /** Asks for a signed value. */
  public static final int MUTABLE_GET = 7;

  /** Stores a value under its hash. */
  public static final int IMMUTABLE_PUT = 8;

  /** Asks for a value by its hash. */
  public static final int IMMUTABLE_GET = 9;

  /** A request to an extension of a node. */
  public static final int PLUGIN = 10;

  private HyperdhtCommand() {}

  /** The name of command {@code number} as a metric label, {@code UNKNOWN} for others. */
  public static String nameOf(long number) {
    return switch ((int) Math.clamp(number, -1L, 99L)) {
      case PEER_HANDSHAKE -> "PEER_HANDSHAKE";
      case PEER_HOLEPUNCH -> "PEER_HOLEPUNCH";
      case FIND_PEER -> "FIND_PEER";
      case LOOKUP -> "LOOKUP";
      case ANNOUNCE -> "ANNOUNCE";
      case UNANNOUNCE -> "UNANNOUNCE";
      case MUTABLE_PUT -> "MUTABLE_PUT";
      case MUTABLE_GET -> "MUTABLE_GET";
      case IMMUTABLE_PUT -> "IMMUTABLE_PUT";
      case IMMUTABLE_GET -> "IMMUTABLE_GET";
      case PLUGIN -> "PLUGIN";
      default -> "UNKNOWN";
    };
  }
}

package org.peerstead.storagepeer.follow;

/** Why a log or more of it is not kept. */
public enum Refusal {
  /** As many logs as allowed are kept. */
  TOO_MANY_CORES("as many cores as allowed are kept (peerstead.storage-peer.max-cores)"),
  /** The owner has as many as allowed. */
  TOO_MANY_CORES_OF_OWNER(
      "this owner has as many cores as allowed (peerstead.storage-peer.max-cores-per-owner)"),
  /** The owner's logs have as many bytes as allowed. */
  OWNER_QUOTA("this owner's quota is used up (peerstead.storage-peer.max-bytes-per-owner)"),
  /** All logs together have as many bytes as allowed, and nothing may be given up. */
  STORE_FULL("the store is full (peerstead.storage-peer.max-bytes)"),
  /** The log itself is larger than whoever asked for it allowed. */
  CORE_LIMIT("the core is larger than its own limit"),
  /** Kept for somebody else. */
  NOT_THE_OWNER("the core is kept for somebody else"),
  /** The disk is nearly full. */
  DISK_FULL("the disk is nearly full (peerstead.storage-peer.min-free-bytes)");

  private final String sentence;

  Refusal(String sentence) {
    this.sentence = sentence;
  }

  /** For people, naming the limit. */
  public String sentence() {
    return sentence;
  }
}

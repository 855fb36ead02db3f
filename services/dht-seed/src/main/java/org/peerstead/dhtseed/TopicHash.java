package org.peerstead.dhtseed;

import java.nio.charset.StandardCharsets;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Topics from names. Stateless. */
public final class TopicHash {
  private TopicHash() {}

  /**
   * The topic that a name stands for: BLAKE2b-256 of its UTF-8 bytes, as {@code
   * DHT.hash(Buffer.from(name))} of npm hyperdht and {@code hash} of hypercore-crypto.
   */
  public static Fixed32 ofName(String name) {
    return Blake2b.hash(Slice.of(name.getBytes(StandardCharsets.UTF_8)));
  }
}

package org.peerstead.relay.turn;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which allocation a mobility ticket stands for (RFC 8016), on whichever loop it lives. A ticket is
 * a random handle, so a forged one finds nothing; as text, since coturn's client takes a zero byte
 * for its end. Thread-safe.
 */
final class MobilityTickets {
  private static final int BYTES = 16;

  /** Of 128 bits in base64. */
  private static final int TEXT_BYTES = 22;

  /** 128 unpredictable bits. */
  record Ticket(long high, long low) {
    byte[] toBytes() {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encode(ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array());
    }
  }

  /** An allocation and the engine that owns it. */
  record Holder(TurnServer engine, Allocation allocation) {}

  private final Map<Ticket, Holder> holders = new ConcurrentHashMap<>();
  private final RandomGenerator secrets;

  MobilityTickets(RandomGenerator secrets) {
    this.secrets = secrets;
  }

  Ticket issue(TurnServer engine, Allocation allocation) {
    Ticket ticket = new Ticket(secrets.nextLong(), secrets.nextLong());
    holders.put(ticket, new Holder(engine, allocation));
    return ticket;
  }

  @Nullable Holder find(byte[] bytes) {
    if (bytes.length != TEXT_BYTES) {
      return null;
    }
    try {
      ByteBuffer buffer = ByteBuffer.wrap(Base64.getUrlDecoder().decode(bytes));
      return holders.get(new Ticket(buffer.getLong(), buffer.getLong()));
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  void revoke(@Nullable Ticket ticket) {
    if (ticket != null) {
      holders.remove(ticket);
    }
  }

  int size() {
    return holders.size();
  }
}

package org.peerstead.simulation.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.peerstead.simulation.SeededCases;

/** The queues and the table beside those of the class library. */
final class QueuesTest {
  private record Packet(long atNanos, int order) implements Comparable<Packet> {
    @Override
    public int compareTo(Packet other) {
      return atNanos != other.atNanos
          ? Long.compare(atNanos, other.atNanos)
          : Integer.compare(order, other.order);
    }
  }

  @Test
  void packetQueue_shouldGivePacketsInOrderOfArrivalAndSending() {
    SeededCases.of("packet queue", 1, 50)
        .run(chance -> {
          Site sender =
              new UdpNetwork(LinkFaults.NONE, 1).addHost(1, new Place(0, 0, 1), new Recorder());
          PacketQueue queue = new PacketQueue();
          PriorityQueue<Packet> model = new PriorityQueue<>();
          int order = 0;
          for (int i = 0; i < 20_000; i++) {
            if (model.isEmpty() || chance.nextInt(5) < (i < 10_000 ? 3 : 2)) {
              Packet packet = new Packet(chance.nextInt(1_000), order++);
              model.add(packet);
              queue.add(
                  packet.atNanos(),
                  sender,
                  packet.order(),
                  packet.order() & 0xffff,
                  ~packet.order(),
                  ~packet.order() & 0xffff,
                  new byte[] {(byte) packet.order()});
            } else {
              Packet expected = model.remove();
              assertThat(queue.firstNanos()).isEqualTo(expected.atNanos());
              int place = queue.removeFirst();
              assertThat(queue.fromHost(place)).isEqualTo(expected.order());
              assertThat(queue.toHost(place)).isEqualTo(~expected.order());
              assertThat(queue.fromPort(place)).isEqualTo(expected.order() & 0xffff);
              assertThat(queue.toPort(place)).isEqualTo(~expected.order() & 0xffff);
              assertThat(queue.takeContent(place)[0]).isEqualTo((byte) expected.order());
            }
            assertThat(queue.size()).isEqualTo(model.size());
          }
        });
  }

  @Test
  void deadlineQueue_shouldKnowTheFirstDeadline() {
    SeededCases.of("deadline queue", 1, 20)
        .run(chance -> {
          DeadlineQueue queue = new DeadlineQueue();
          Map<Integer, Long> model = new HashMap<>();
          for (int i = 0; i < 2_000; i++) {
            int host = chance.nextInt(200);
            if (chance.nextInt(4) == 0) {
              queue.set(host, Long.MAX_VALUE);
              model.remove(host);
            } else {
              long at = chance.nextInt(50);
              queue.set(host, at);
              model.put(host, at);
            }
            long first = model.values().stream().min(Long::compare).orElse(Long.MAX_VALUE);
            assertThat(queue.firstNanos()).isEqualTo(first);
            if (!model.isEmpty()) {
              int expected =
                  model.entrySet().stream()
                      .filter(each -> each.getValue() == first)
                      .mapToInt(Map.Entry::getKey)
                      .min()
                      .orElseThrow();
              assertThat(queue.firstHost()).isEqualTo(expected);
            }
          }
        });
  }

  @Test
  void longTable_shouldKeepWhatIsPutAndForgetWhatIsRemoved() {
    LongTable table = new LongTable();
    Map<Long, Long> model = new HashMap<>();
    SplittableRandom chance = new SplittableRandom(3);
    for (int i = 0; i < 50_000; i++) {
      long key = chance.nextInt(-500, 500) * 0x100000000L;
      if (chance.nextInt(3) == 0) {
        table.remove(key);
        model.remove(key);
      } else {
        long value = chance.nextInt(1_000);
        table.put(key, value);
        model.put(key, value);
      }
      if (i % 5_000 == 0) {
        table.removeBelow(100);
        model.values().removeIf(value -> value < 100);
      }
      assertThat(table.size()).isEqualTo(model.size());
      long probe = chance.nextInt(-500, 500) * 0x100000000L;
      assertThat(table.get(probe)).isEqualTo(model.getOrDefault(probe, LongTable.MISSING));
    }
  }
}

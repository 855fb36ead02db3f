package org.peerstead.relay.turn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peerstead.relay.turn.policy.Verdict;

class ChannelNumbersTest {
  private static Channel channel(int number) {
    Permission permission = new Permission(0, number, new Verdict(true, false, "test"), 0);
    return new Channel(number, null, permission, 1, 0);
  }

  @Test
  void findsWhatWasAddedAndNotWhatWasRemoved() {
    ChannelNumbers numbers = new ChannelNumbers();
    Map<Integer, Channel> model = new HashMap<>();
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      int number = Channel.FIRST_NUMBER + random.nextInt(300);
      Channel held = model.get(number);
      assertThat(numbers.find(number)).isSameAs(held);
      if (held == null) {
        Channel added = channel(number);
        numbers.add(added);
        model.put(number, added);
      } else if (random.nextBoolean()) {
        numbers.remove(held);
        model.remove(number);
      }
      assertThat(numbers.size()).isEqualTo(model.size());
    }
    assertThat(numbers.all()).containsExactlyInAnyOrderElementsOf(model.values());
  }

  @Test
  void holdsEveryNumberThereIs() {
    ChannelNumbers numbers = new ChannelNumbers();
    List<Channel> all = new ArrayList<>();
    for (int number = Channel.FIRST_NUMBER; number <= Channel.LAST_NUMBER; number++) {
      Channel added = channel(number);
      numbers.add(added);
      all.add(added);
    }
    assertThat(all).allSatisfy(one -> assertThat(numbers.find(one.number)).isSameAs(one));
  }
}

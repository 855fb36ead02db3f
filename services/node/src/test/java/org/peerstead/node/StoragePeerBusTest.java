package org.peerstead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.peerstead.events.AppendCommand;
import org.peerstead.events.Bytes;
import org.peerstead.events.CoreKey;
import org.peerstead.events.EventCodec;
import org.peerstead.events.FollowCommand;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.storagepeer.CoreView;
import org.peerstead.storagepeer.StoragePeer;
import org.peerstead.storagepeer.StoragePeerBus;
import org.peerstead.storagepeer.StoragePeerService;

/** Commands from the bus do what they say, and bad ones do no harm. */
@QuarkusTest
class StoragePeerBusTest {
  @Inject StoragePeerBus bus;
  @Inject StoragePeerService service;

  private final CoreKey core = CoreKey.of(randomKey());

  private static byte[] randomKey() {
    byte[] key = new byte[CoreKey.SIZE];
    new Random(UUID.randomUUID().getMostSignificantBits()).nextBytes(key);
    return key;
  }

  private StoragePeer peer() {
    return service.peer().orElseThrow();
  }

  private boolean isKept() throws Exception {
    return peer().info(Fixed32.of(core.toArray())).isPresent();
  }

  private void send(FollowCommand.Action action, String owner) {
    bus.onFollow(EventCodec.encode(new FollowCommand(core, action, owner, 2, 1000)));
  }

  @Test
  void follow_shouldBeEndedByItsOwnerOrTheOperatorOnly() throws Exception {
    send(FollowCommand.Action.FOLLOW, "ann");
    CoreView kept = peer().info(Fixed32.of(core.toArray())).orElseThrow();
    assertThat(kept.kept().orElseThrow().owner()).isEqualTo("ann");
    assertThat(kept.kept().orElseThrow().priority()).isEqualTo(2);

    send(FollowCommand.Action.UNFOLLOW, "ben");
    assertThat(isKept()).isTrue();
    send(FollowCommand.Action.UNFOLLOW, "ann");
    assertThat(isKept()).isFalse();

    send(FollowCommand.Action.FOLLOW, "ann");
    send(FollowCommand.Action.UNFOLLOW, FollowCommand.ADMIN);
    assertThat(isKept()).isFalse();
  }

  @Test
  void append_shouldReachOwnCoresOnly() throws Exception {
    Fixed32 own = peer().create(UUID.randomUUID().toString(), "ann").key();
    List<Bytes> blocks = List.of(Bytes.copyOf(new byte[3]), Bytes.copyOf(new byte[4]));
    bus.onAppend(EventCodec.encode(new AppendCommand(CoreKey.of(own.toBytes()), "r1", blocks)));
    assertThat(peer().info(own).orElseThrow().length()).isEqualTo(2);

    bus.onAppend(EventCodec.encode(new AppendCommand(core, "r2", blocks)));
    assertThat(isKept()).isFalse();
  }

  @Test
  void unreadableCommands_shouldBeSkipped() {
    bus.onFollow(new byte[] {1, 2, 3});
    bus.onAppend(new byte[0]);
    assertThat(peer().address()).isPresent();
  }
}

package org.peerstead.discovery.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.simulation.SeededCases;

/** What every store must do. Subclasses make it, and open it again as after a restart. */
public abstract class DhtStoreContract {
  private DhtStore store = DhtStore.NONE;

  /** A new, empty store. */
  protected abstract DhtStore create() throws Exception;

  /** The same store after {@link DhtStore#close}. */
  protected abstract DhtStore reopen() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = create();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private void restart() throws Exception {
    store.close();
    store = reopen();
  }

  @Test
  void replay_shouldShowCommittedRowsOfTheSectionAfterRestart() throws Exception {
    store.put(Section.RECORDS, text("a"), 10, text("one"));
    store.put(Section.ROUTES, text("a"), 20, text("two"));
    store.put(Section.MUTABLES, text("a"), 30, text("three"));
    store.put(Section.IMMUTABLES, text("a"), Long.MAX_VALUE, Slice.EMPTY);
    store.commit();
    restart();
    assertThat(rows(Section.RECORDS)).containsExactly("a=one@10");
    assertThat(rows(Section.ROUTES)).containsExactly("a=two@20");
    assertThat(rows(Section.MUTABLES)).containsExactly("a=three@30");
    assertThat(rows(Section.IMMUTABLES)).containsExactly("a=@" + Long.MAX_VALUE);
    assertThat(store.skippedRows()).isZero();
  }

  @Test
  void put_shouldReplaceAndKeepOrderWithDelete() throws Exception {
    store.put(Section.RECORDS, text("a"), 10, text("one"));
    store.put(Section.RECORDS, text("a"), 11, text("two"));
    store.put(Section.RECORDS, text("b"), 10, text("one"));
    store.delete(Section.RECORDS, text("b"));
    store.delete(Section.RECORDS, text("c"));
    store.put(Section.RECORDS, text("c"), 12, text("three"));
    store.commit();
    restart();
    assertThat(rows(Section.RECORDS)).containsExactlyInAnyOrder("a=two@11", "c=three@12");
  }

  @Test
  void put_shouldCopyKeyAndValue() {
    byte[] shared = {'a', 'b'};
    store.put(Section.RECORDS, Slice.of(shared, 0, 1), 1, Slice.of(shared, 1, 1));
    shared[0] = 'x';
    shared[1] = 'y';
    store.commit();
    assertThat(rows(Section.RECORDS)).containsExactly("a=b@1");
  }

  @Test
  void put_shouldRefuseKeysOutsideTheBounds() {
    assertThatThrownBy(() -> store.put(Section.RECORDS, Slice.EMPTY, 1, text("v")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.delete(Section.RECORDS, Slice.of(new byte[65])))
        .isInstanceOf(IllegalArgumentException.class);
    store.put(Section.RECORDS, Slice.of(new byte[64]), 1, Slice.of(new byte[2048]));
    store.commit();
    assertThat(rows(Section.RECORDS)).hasSize(1);
  }

  @Test
  void replay_shouldAllowDeletingWhatIsVisited() throws Exception {
    for (int i = 0; i < 1000; i++) {
      store.put(Section.RECORDS, text("key" + i), i, text("value" + i));
    }
    store.commit();
    store.replay(
        Section.RECORDS,
        (key, expiresAt, value) -> {
          if (expiresAt < 990) {
            store.delete(Section.RECORDS, key);
          }
        });
    store.commit();
    restart();
    assertThat(rows(Section.RECORDS)).hasSize(10).contains("key995=value995@995");
  }

  @Test
  void nodes_shouldBeThoseOfTheLastSave() throws Exception {
    assertThat(store.nodes()).isEmpty();
    NodeAddress first = NodeAddress.parse("192.0.2.1:49737");
    NodeAddress second = NodeAddress.parse("198.51.100.255:65535");
    store.saveNodes(List.of(first));
    store.saveNodes(List.of(second, first));
    store.commit();
    assertThat(store.nodes()).containsExactly(second, first);
    restart();
    assertThat(store.nodes()).containsExactly(second, first);
  }

  @Test
  void meta_shouldBeTheLastFact() throws Exception {
    assertThat(store.meta("address")).isNull();
    store.putMeta("address", text("one"));
    store.putMeta("address", text("two"));
    store.putMeta("other", text("three"));
    store.commit();
    restart();
    assertThat(store.meta("address")).isEqualTo(text("two"));
    assertThat(store.meta("other")).isEqualTo(text("three"));
    assertThat(rows(Section.RECORDS)).isEmpty();
  }

  @Test
  void close_shouldCommit() throws Exception {
    store.put(Section.RECORDS, text("a"), 10, text("one"));
    restart();
    assertThat(rows(Section.RECORDS)).containsExactly("a=one@10");
    store.close();
    store.close();
  }

  @Test
  void store_shouldHoldWhatAMapHolds() {
    SeededCases.of("store against a map", 5, 20)
        .run(random -> {
          Map<String, String> model = new HashMap<>();
          rows(Section.ROUTES)
              .forEach(row -> store.delete(Section.ROUTES, text(row.split("=")[0])));
          for (int step = 0; step < 200; step++) {
            step(random, model);
          }
          store.commit();
          restart();
          assertThat(rows(Section.ROUTES)).hasSameElementsAs(model.values());
        });
  }

  private void step(RandomGenerator random, Map<String, String> model) throws Exception {
    String key = "k" + random.nextInt(40);
    switch (random.nextInt(40)) {
      case 0 -> store.commit();
      case 1 -> restart();
      case 2, 3, 4, 5, 6, 7, 8, 9, 10 -> {
        store.delete(Section.ROUTES, text(key));
        model.remove(key);
      }
      default -> {
        long expiresAt = random.nextLong();
        String value = "v" + random.nextInt();
        store.put(Section.ROUTES, text(key), expiresAt, text(value));
        model.put(key, key + "=" + value + "@" + expiresAt);
      }
    }
  }

  private List<String> rows(Section section) {
    List<String> rows = new ArrayList<>();
    store.replay(
        section,
        (key, expiresAt, value) -> rows.add(string(key) + "=" + string(value) + "@" + expiresAt));
    return rows;
  }

  private static Slice text(String text) {
    return Slice.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String string(Slice text) {
    return new String(text.toByteArray(), StandardCharsets.UTF_8);
  }
}

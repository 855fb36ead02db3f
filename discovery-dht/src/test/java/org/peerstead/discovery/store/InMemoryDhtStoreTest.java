package org.peerstead.discovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.encoding.Slice;

class InMemoryDhtStoreTest extends DhtStoreContract {
  private final InMemoryDhtStore store = new InMemoryDhtStore();

  @Override
  protected DhtStore create() {
    return store;
  }

  @Override
  protected DhtStore reopen() {
    return store;
  }

  @Test
  void crash_shouldDropWhatWasNotCommitted() {
    store.put(Section.RECORDS, Slice.of(new byte[] {1}), 1, Slice.EMPTY);
    store.commit();
    store.put(Section.RECORDS, Slice.of(new byte[] {2}), 1, Slice.EMPTY);
    store.crash();
    store.commit();
    assertThat(store.size(Section.RECORDS)).isEqualTo(1);
  }
}

package org.peerstead.hypercore.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class InMemoryCoreStoreTest extends CoreStoreContract {
  private final InMemoryCoreStore store = new InMemoryCoreStore();

  @Override
  CoreStore store() {
    return store;
  }

  @Test
  void close_shouldKeepEverythingForTheNextOwner() {
    CoreRecord core = store.create(filled(1), null, null);
    store.storage(core).batch().block(0, text("b")).commit();
    store.close();
    assertThat(store.storage(core).block(0)).isEqualTo(text("b"));
    assertThat(store.diskBytes()).isZero();
  }

  @Test
  void checkpoint_shouldSayThatThereIsNothingToCopy() {
    assertThatThrownBy(() -> store.checkpoint(Path.of("nowhere"))).isInstanceOf(IOException.class);
  }
}

package org.peerstead.merge.store;

class InMemoryDocumentStoreTest extends DocumentStoreContract {
  private final InMemoryDocumentStore store = new InMemoryDocumentStore("test");

  @Override
  DocumentStore store() {
    return store;
  }
}

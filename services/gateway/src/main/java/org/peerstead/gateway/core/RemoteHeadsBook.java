package org.peerstead.gateway.core;

import java.util.LinkedHashMap;
import java.util.Map;
import org.peerstead.events.DocumentId;
import org.peerstead.gateway.wire.RemoteHeads;

/**
 * The latest known heads of documents in other storages, for peers that subscribe later.
 *
 * <p>Bounded in documents and in storages per document; what was used least recently goes first and
 * is learnt again with the next change. Not thread-safe.
 */
final class RemoteHeadsBook {
  private final Map<DocumentId, Map<String, RemoteHeads>> byDocument;
  private final int maxStorages;

  RemoteHeadsBook(int maxDocuments, int maxStorages) {
    this.maxStorages = maxStorages;
    byDocument = boundedMap(maxDocuments);
  }

  /** Takes {@code heads} in unless what is known is as new; answers whether it did. */
  boolean update(DocumentId document, String storageId, RemoteHeads heads) {
    Map<String, RemoteHeads> byStorage =
        byDocument.computeIfAbsent(document, unused -> boundedMap(maxStorages));
    RemoteHeads known = byStorage.get(storageId);
    if (known != null && known.timestampMillis() >= heads.timestampMillis()) {
      return false;
    }
    byStorage.put(storageId, heads);
    return true;
  }

  /** What is known of a document, by storage id. */
  Map<String, RemoteHeads> of(DocumentId document) {
    return byDocument.getOrDefault(document, Map.of());
  }

  private static <K, V> Map<K, V> boundedMap(int maxEntries) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > maxEntries;
      }
    };
  }
}

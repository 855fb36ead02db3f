package org.peerstead.hypercore.store.rocksdb;

import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * The row of a core in the directory: uint id, fixed32 key, uint flags; with flag 1 buffer
 * manifest; with flag 2 fixed32 namespace and string name. The discovery key is in the row's key.
 */
final class CoreRecordCodec {
  private static final int HAS_MANIFEST = 1;
  private static final int HAS_ALIAS = 2;
  private static final int MAX_MANIFEST_BYTES = 1 << 24;

  private CoreRecordCodec() {}

  static byte[] encode(CoreRecord record) {
    @Nullable Slice manifest = record.manifest();
    @Nullable CoreAlias alias = record.alias();
    var writer =
        new CompactWriter()
            .uint(record.id())
            .fixed32(record.key())
            .uint((manifest == null ? 0 : HAS_MANIFEST) | (alias == null ? 0 : HAS_ALIAS));
    if (manifest != null) {
      writer.buffer(manifest);
    }
    if (alias != null) {
      writer.fixed32(alias.namespace()).string(alias.name());
    }
    return writer.toByteArray();
  }

  static CoreRecord decode(Fixed32 discoveryKey, byte[] row) {
    try {
      var reader = new CompactReader(row, 0, row.length);
      long id = reader.uint();
      Fixed32 key = reader.fixed32();
      long flags = reader.uint();
      @Nullable Slice manifest =
          (flags & HAS_MANIFEST) == 0 ? null : reader.buffer(MAX_MANIFEST_BYTES).copy();
      @Nullable CoreAlias alias =
          (flags & HAS_ALIAS) == 0
              ? null
              : new CoreAlias(reader.fixed32(), reader.string(CoreAlias.MAX_NAME_BYTES));
      reader.expectEnd();
      return new CoreRecord(id, key, discoveryKey, manifest, alias);
    } catch (EncodingException e) {
      throw new StorageException("The record of core " + discoveryKey + " is damaged", e);
    }
  }
}

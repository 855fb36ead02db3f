package org.peerstead.discovery.hyperdht.records;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Values by the hash under which they are found. In the store a row's key is that hash, its value
 * the host that put it (4 bytes, big endian) and the value itself.
 */
final class ValueBook {
  private static final int TARGET = Shelf.HEADER_BYTES;
  private static final int VALUE_BYTES = TARGET + Fixed32.SIZE;

  private final RecordLimits limits;
  private final Section section;
  private final DhtStore store;
  private final KeyHash hash;
  private final Slots slots = new Slots(VALUE_BYTES);
  private final TargetIndex index = new TargetIndex();
  private final Shelf shelf;

  /** By slot. The arrays never change: what was handed out stays as it was. */
  private byte[] @Nullable [] values = new byte[4][];

  private final byte[] key = new byte[Fixed32.SIZE];

  ValueBook(
      RecordKind kind,
      Section section,
      int max,
      RecordLimits limits,
      DhtStore store,
      KeyHash hash,
      RecordListener listener) {
    this.limits = limits;
    this.section = section;
    this.store = store;
    this.hash = hash;
    this.shelf =
        new Shelf(
            kind,
            new Shelf.Bounds(
                max,
                limits.maxValuesPerHost(),
                limits.maxValuesPerNetwork(),
                limits.valueAge().toMillis()),
            slots,
            hash,
            this::forget,
            listener);
  }

  private final class TargetIndex extends Index {
    TargetIndex() {
      super(slots);
    }

    @Override
    int hashOf(int slot) {
      return hash.of(slots, slot, TARGET);
    }

    int find(Fixed32 target) {
      int slot = first(hash.of(target));
      while (slot != Slots.NONE && !slots.isFixed32(slot, TARGET, target)) {
        slot = next(slot);
      }
      return slot;
    }
  }

  Stored put(Fixed32 target, Slice value, NodeAddress source, long nowMillis) {
    if (value.length() > limits.maxValueBytes()) {
      return shelf.refuse(Stored.REFUSED_SIZE, source.host());
    }
    int slot = index.find(target);
    boolean isNew = slot == Slots.NONE;
    if (isNew) {
      Stored refusal = shelf.makeRoom(source.host());
      if (refusal != null) {
        return refusal;
      }
      slot = shelf.add(source.host(), nowMillis);
      insert(slot, target, value);
    } else {
      shelf.renew(slot, source.host(), nowMillis);
      if (!value.equals(valueOf(slot))) {
        values[slot] = value.toByteArray();
      }
    }
    write(slot);
    return isNew ? Stored.STORED : Stored.RENEWED;
  }

  private void insert(int slot, Fixed32 target, Slice value) {
    slots.setFixed32(slot, TARGET, target);
    if (slot >= values.length) {
      values = Arrays.copyOf(values, Math.max(slot + 1, values.length + values.length / 2));
    }
    values[slot] = value.toByteArray();
    index.add(slot);
  }

  @Nullable Slice find(Fixed32 target, long nowMillis) {
    int slot = index.find(target);
    return slot == Slots.NONE || shelf.isExpired(slot, nowMillis) ? null : valueOf(slot);
  }

  private Slice valueOf(int slot) {
    byte[] value = values[slot];
    if (value == null) {
      throw new IllegalStateException("slot " + slot + " without a value");
    }
    return Slice.of(value);
  }

  private void forget(int slot) {
    store.delete(section, storeKey(slot));
    index.remove(slot);
    values[slot] = null;
  }

  private Slice storeKey(int slot) {
    slots.copy(slot, TARGET, Fixed32.SIZE, key, 0);
    return Slice.of(key);
  }

  private void write(int slot) {
    Slice value = valueOf(slot);
    var row = new CompactWriter(Integer.BYTES + value.length());
    row.uint32Be(shelf.addressOf(slot) & 0xffffffffL).raw(value);
    store.put(section, storeKey(slot), shelf.expiresAt(slot), row.toSlice());
  }

  /** Takes over the rows of the store. */
  void load(Loading loading) {
    loading.section(
        section,
        limits.valueAge(),
        (rowKey, expiresAt, rowValue) -> {
          CompactReader keyReader = rowKey.reader();
          Fixed32 target = keyReader.fixed32();
          keyReader.expectEnd();
          CompactReader reader = rowValue.reader();
          int host = (int) reader.uint32Be();
          Slice value = reader.fixed(reader.remaining());
          if (value.length() > limits.maxValueBytes() || shelf.makeRoom(host) != null) {
            return false;
          }
          insert(shelf.addUntil(host, expiresAt), target, value);
          return true;
        });
    shelf.sortByExpiry();
  }

  boolean expire(long nowMillis, int max) {
    return shelf.expire(nowMillis, max);
  }

  KindCounts counts() {
    return shelf.counts();
  }
}

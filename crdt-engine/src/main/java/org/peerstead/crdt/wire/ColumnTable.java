package org.peerstead.crdt.wire;

import java.util.Arrays;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.AutomergeFormatException.Reason;

/**
 * The column metadata of a chunk and where each column's bytes lie. Reusable; not thread-safe.
 *
 * <p>Layout: uLEB count, then per column uLEB specification and uLEB length in bytes.
 * Specifications ascend with the deflate bit cleared.
 */
public final class ColumnTable {
  /** More columns than any writer has; bounds the table before anything is allocated for it. */
  private static final int MAX_COLUMNS = 256;

  private int[] specs = new int[16];
  private int[] lengths = new int[16];
  private int[] starts = new int[16];
  private byte[][] arrays = new byte[16][];
  private int count;

  /** Reads the metadata; call {@link #locate} when the data that belongs to it begins. */
  public void readMetadata(ByteReader in, boolean mayDeflate) throws AutomergeFormatException {
    count = in.readCount(MAX_COLUMNS, "number of columns");
    if (count > specs.length) {
      specs = Arrays.copyOf(specs, count);
      lengths = Arrays.copyOf(lengths, count);
      starts = Arrays.copyOf(starts, count);
      arrays = Arrays.copyOf(arrays, count);
    }
    long previous = -1;
    for (int i = 0; i < count; i++) {
      long spec = in.readUleb();
      if (spec < 0 || spec > 0xFFFF_FFFFL) {
        throw layout("specification above 32 bits");
      }
      long normalized = spec & ~(long) ColumnSpec.DEFLATE_BIT;
      if (normalized <= previous) {
        throw layout(
            normalized == previous
                ? "duplicate column " + spec
                : "columns out of order at " + spec);
      }
      if (ColumnSpec.isDeflated((int) spec) && !mayDeflate) {
        throw layout("deflated column " + spec + " inside a change");
      }
      previous = normalized;
      specs[i] = (int) spec;
      lengths[i] = in.readCount(Integer.MAX_VALUE, "the length of a column");
    }
    for (int i = 0; i < count; i++) {
      int type = ColumnSpec.type(specs[i]);
      if (type == ColumnSpec.TYPE_VALUE && specs[i] != ColumnSpec.BUNDLE_EXTRA) {
        if (i == 0
            || (specs[i - 1] & ~ColumnSpec.DEFLATE_BIT)
                != ((specs[i] & ~ColumnSpec.DEFLATE_BIT) - 1)) {
          throw layout("value column " + specs[i] + " without its metadata column");
        }
      }
    }
  }

  /**
   * Assigns the bytes at {@code in} to the columns and inflates those that are deflated, up to
   * {@code budget} bytes in all.
   */
  public int locate(ByteReader in, int budget) throws AutomergeFormatException {
    int left = budget;
    for (int i = 0; i < count; i++) {
      int start = in.skip(lengths[i], "the bytes of a column");
      if (ColumnSpec.isDeflated(specs[i])) {
        byte[] inflated = RawDeflate.inflate(in.array(), start, lengths[i], left);
        left -= inflated.length;
        specs[i] &= ~ColumnSpec.DEFLATE_BIT;
        arrays[i] = inflated;
        starts[i] = 0;
        lengths[i] = inflated.length;
      } else {
        arrays[i] = in.array();
        starts[i] = start;
      }
    }
    return left;
  }

  public int count() {
    return count;
  }

  public int spec(int index) {
    return specs[index];
  }

  public int length(int index) {
    return lengths[index];
  }

  /** The column's index, or -1 when it is absent. */
  public int find(int spec) {
    for (int i = 0; i < count; i++) {
      if (specs[i] == spec) {
        return i;
      }
    }
    return -1;
  }

  public byte[] array(int index) {
    return arrays[index];
  }

  public int start(int index) {
    return starts[index];
  }

  public void open(int spec, UintRleDecoder decoder) {
    int i = find(spec);
    if (i < 0) {
      decoder.reset(NOTHING, 0, 0);
    } else {
      decoder.reset(arrays[i], starts[i], starts[i] + lengths[i]);
    }
  }

  public void open(int spec, DeltaDecoder decoder) {
    int i = find(spec);
    if (i < 0) {
      decoder.reset(NOTHING, 0, 0);
    } else {
      decoder.reset(arrays[i], starts[i], starts[i] + lengths[i]);
    }
  }

  public void open(int spec, BooleanDecoder decoder) {
    int i = find(spec);
    if (i < 0) {
      decoder.reset(NOTHING, 0, 0);
    } else {
      decoder.reset(arrays[i], starts[i], starts[i] + lengths[i]);
    }
  }

  public void open(int spec, StringRleDecoder decoder) {
    int i = find(spec);
    if (i < 0) {
      decoder.reset(NOTHING, 0, 0);
    } else {
      decoder.reset(arrays[i], starts[i], starts[i] + lengths[i]);
    }
  }

  public void open(int spec, ByteReader reader) {
    int i = find(spec);
    if (i < 0) {
      reader.reset(NOTHING, 0, 0);
    } else {
      reader.reset(arrays[i], starts[i], starts[i] + lengths[i]);
    }
  }

  private static final byte[] NOTHING = new byte[0];

  private static AutomergeFormatException layout(String what) {
    return new AutomergeFormatException(Reason.BAD_COLUMN_LAYOUT, what);
  }
}

package org.peerstead.crdt.op;

import java.nio.charset.StandardCharsets;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.wire.ByteWriter;
import org.peerstead.crdt.wire.ValueMeta;

/** Encodes scalars as operation values. Reusable; not thread-safe. */
final class ScalarWriter {
  private final ByteWriter out = new ByteWriter(16);
  private int type;

  /** Encodes a value; read it with {@link #meta} and {@link #bytes}. */
  void write(ScalarValue value) {
    out.clear();
    switch (value) {
      case ScalarValue.Null() -> type = ValueMeta.NULL;
      case ScalarValue.Bool(boolean flag) -> type = flag ? ValueMeta.TRUE : ValueMeta.FALSE;
      case ScalarValue.Uint(long number) -> {
        type = ValueMeta.UINT;
        out.writeUleb(number);
      }
      case ScalarValue.Int(long number) -> {
        type = ValueMeta.INT;
        out.writeSleb(number);
      }
      case ScalarValue.F64(double number) -> {
        type = ValueMeta.F64;
        out.writeLittleEndian(Double.doubleToRawLongBits(number), 8);
      }
      case ScalarValue.Str(String text) -> {
        type = ValueMeta.STRING;
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
      case ScalarValue.Binary(var bytes) -> {
        type = ValueMeta.BYTES;
        out.write(bytes.toBytes());
      }
      case ScalarValue.Counter(long number) -> {
        type = ValueMeta.COUNTER;
        out.writeSleb(number);
      }
      case ScalarValue.Timestamp(long millis) -> {
        type = ValueMeta.TIMESTAMP;
        out.writeSleb(millis);
      }
      case ScalarValue.Unknown(int code, var bytes) -> {
        type = code;
        out.write(bytes.toBytes());
      }
    }
  }

  int meta() {
    return ValueMeta.of(type, out.size());
  }

  byte[] bytes() {
    return out.array();
  }
}

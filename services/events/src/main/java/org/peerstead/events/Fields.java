package org.peerstead.events;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.MalformedEventException.Reason;

/**
 * The numbered fields of one event: the layer between records and CBOR. A value is a {@code Long},
 * {@code Boolean}, {@code String}, {@code byte[]} or a list of {@code byte[]}; a field with a value
 * of any other shape is kept as {@link #OTHER}, which harms only whoever asks for it.
 *
 * <p>Not thread-safe.
 */
final class Fields {
  private static final Object OTHER = new Object();

  /** Fields beyond this number are from a newer writer; they are skipped. */
  private static final int MAX_FIELD = 63;

  private static final CBORFactory CBOR =
      CBORFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build())
          .build();

  private final Map<Integer, Object> values = new TreeMap<>();

  Fields() {}

  Fields put(int field, @Nullable Object value) {
    if (value instanceof Bytes bytes) {
      values.put(field, bytes.unsafeArray());
    } else if (value != null) {
      values.put(field, value);
    }
    return this;
  }

  Fields put(int field, long value) {
    values.put(field, value);
    return this;
  }

  Fields putHashes(int field, List<Hash32> hashes) {
    byte[] joined = new byte[hashes.size() * Hash32.SIZE];
    for (int i = 0; i < hashes.size(); i++) {
      System.arraycopy(hashes.get(i).toArray(), 0, joined, i * Hash32.SIZE, Hash32.SIZE);
    }
    values.put(field, joined);
    return this;
  }

  byte[] encode() {
    int size = 64;
    for (Object value : values.values()) {
      size += value instanceof byte[] bytes ? bytes.length + 8 : 48;
    }
    var out = new ByteArrayOutputStream(size);
    try (CBORGenerator generator = CBOR.createGenerator(out)) {
      generator.writeStartObject(null, values.size());
      for (Map.Entry<Integer, Object> entry : values.entrySet()) {
        generator.writeFieldId(entry.getKey());
        write(generator, entry.getValue());
      }
      generator.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to memory does not fail", e);
    }
    return out.toByteArray();
  }

  private static void write(CBORGenerator generator, Object value) throws IOException {
    switch (value) {
      case Long number -> generator.writeNumber(number);
      case Boolean flag -> generator.writeBoolean(flag);
      case String text -> generator.writeString(text);
      case byte[] bytes -> generator.writeBinary(bytes);
      case List<?> list -> {
        generator.writeStartArray(null, list.size());
        for (Object item : list) {
          generator.writeBinary(((Bytes) item).unsafeArray());
        }
        generator.writeEndArray();
      }
      default -> throw new IllegalStateException("No layout for " + value.getClass());
    }
  }

  static Fields decode(byte[] bytes, int maxItems) throws MalformedEventException {
    var fields = new Fields();
    try (JsonParser parser = CBOR.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedEventException(Reason.NOT_CBOR, "An event is one CBOR map");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        int field = fieldNumber(parser.currentName());
        parser.nextToken();
        Object value = read(parser, maxItems);
        if (field >= 0 && fields.values.putIfAbsent(field, value) != null) {
          throw new MalformedEventException(Reason.INVALID_FIELD, "Field " + field + " twice");
        }
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        throw new MalformedEventException(Reason.NOT_CBOR, "Bytes follow the event");
      }
    } catch (StreamConstraintsException e) {
      throw new MalformedEventException(Reason.TOO_LARGE, "Nested too deeply or too long");
    } catch (IOException e) {
      throw new MalformedEventException(Reason.NOT_CBOR, "Not well-formed CBOR");
    }
    return fields;
  }

  private static int fieldNumber(@Nullable String name) {
    if (name == null || name.isEmpty() || name.length() > 2) {
      return -1;
    }
    int number = 0;
    for (int i = 0; i < name.length(); i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number <= MAX_FIELD ? number : -1;
  }

  private static Object read(JsonParser parser, int maxItems)
      throws IOException, MalformedEventException {
    return switch (parser.currentToken()) {
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? OTHER
              : (Object) parser.getLongValue();
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_STRING -> parser.getText();
      case VALUE_EMBEDDED_OBJECT -> parser.getBinaryValue();
      case START_ARRAY -> readList(parser, maxItems);
      case null, default -> {
        parser.skipChildren();
        yield OTHER;
      }
    };
  }

  private static Object readList(JsonParser parser, int maxItems)
      throws IOException, MalformedEventException {
    var items = new ArrayList<Bytes>();
    boolean isOther = false;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token == null) {
        throw new MalformedEventException(Reason.NOT_CBOR, "Cut short");
      }
      if (token == JsonToken.VALUE_EMBEDDED_OBJECT && !isOther) {
        if (items.size() == maxItems) {
          throw new MalformedEventException(
              Reason.INVALID_FIELD, "A list has more than " + maxItems + " items");
        }
        items.add(Bytes.wrap(parser.getBinaryValue()));
      } else {
        isOther = true;
        parser.skipChildren();
      }
    }
    return isOther ? OTHER : items;
  }

  boolean has(int field) {
    return values.containsKey(field);
  }

  long number(int field) throws MalformedEventException {
    if (require(field) instanceof Long number && number >= 0) {
      return number;
    }
    throw invalid(field, "an unsigned integer below 2^63");
  }

  boolean flag(int field) throws MalformedEventException {
    if (require(field) instanceof Boolean flag) {
      return flag;
    }
    throw invalid(field, "a boolean");
  }

  String text(int field, int maxLength) throws MalformedEventException {
    if (require(field) instanceof String text && text.length() <= maxLength) {
      return text;
    }
    throw invalid(field, "text of at most " + maxLength + " characters");
  }

  @Nullable String optionalText(int field, int maxLength) throws MalformedEventException {
    return has(field) ? text(field, maxLength) : null;
  }

  Bytes bytes(int field) throws MalformedEventException {
    if (require(field) instanceof byte[] bytes) {
      return Bytes.wrap(bytes);
    }
    throw invalid(field, "a byte string");
  }

  DocumentId document(int field) throws MalformedEventException {
    if (require(field) instanceof byte[] bytes
        && bytes.length > 0
        && bytes.length <= DocumentId.MAX_SIZE) {
      return DocumentId.of(bytes);
    }
    throw invalid(field, "a document id of 1 to " + DocumentId.MAX_SIZE + " bytes");
  }

  CoreKey coreKey(int field) throws MalformedEventException {
    if (require(field) instanceof byte[] bytes && bytes.length == CoreKey.SIZE) {
      return CoreKey.of(bytes);
    }
    throw invalid(field, "a key of 32 bytes");
  }

  List<Hash32> hashes(int field, int maxHashes) throws MalformedEventException {
    if (!(require(field) instanceof byte[] joined)
        || joined.length % Hash32.SIZE != 0
        || joined.length / Hash32.SIZE > maxHashes) {
      throw invalid(field, "at most " + maxHashes + " hashes of 32 bytes, joined");
    }
    var hashes = new ArrayList<Hash32>(joined.length / Hash32.SIZE);
    for (int at = 0; at < joined.length; at += Hash32.SIZE) {
      hashes.add(Hash32.of(Arrays.copyOfRange(joined, at, at + Hash32.SIZE)));
    }
    return hashes;
  }

  List<Bytes> list(int field) throws MalformedEventException {
    if (require(field) instanceof List<?> list) {
      return list.stream().map(Bytes.class::cast).toList();
    }
    throw invalid(field, "a list of byte strings");
  }

  private Object require(int field) throws MalformedEventException {
    Object value = values.get(field);
    if (value == null) {
      throw new MalformedEventException(Reason.MISSING_FIELD, "Field " + field + " is absent");
    }
    return value;
  }

  MalformedEventException invalid(int field, String expected) {
    return new MalformedEventException(
        Reason.INVALID_FIELD, "Field " + field + " is not " + expected);
  }
}

package org.peerstead.crdt.op;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives every map key and mark name a number. */
public final class KeyTable {
  private final List<String> keys = new ArrayList<>();
  private final List<byte[]> encoded = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  /** The key's number, or -1. */
  public int find(String key) {
    Integer number = numbers.get(key);
    return number == null ? -1 : number;
  }

  public int intern(String key) {
    Integer known = numbers.get(key);
    if (known != null) {
      return known;
    }
    int number = keys.size();
    keys.add(key);
    encoded.add(key.getBytes(StandardCharsets.UTF_8));
    numbers.put(key, number);
    return number;
  }

  public int size() {
    return keys.size();
  }

  public String get(int number) {
    return keys.get(number);
  }

  /** The key in UTF-8; callers must not change the array. */
  public byte[] utf8(int number) {
    return encoded.get(number);
  }

  /** Order of keys in a document: unsigned UTF-8 bytes. */
  public int compare(int a, int b) {
    return a == b ? 0 : Arrays.compareUnsigned(encoded.get(a), encoded.get(b));
  }
}

package org.peerstead.discovery.hyperdht.records;

import java.time.Duration;

/**
 * Bounds of what a {@link RecordBook} stores. A network is the 256 addresses with the same first
 * three bytes.
 *
 * <p>The limits of a host and a network only keep memory for others free before it is needed: a
 * full store makes room at the expense of whoever has most. Therefore they can be wide enough for
 * the largest honest sources, a storage peer that serves tens of thousands of topics and an office
 * behind one address, without harm to anybody.
 *
 * @param maxRecords records of all topics; each takes about 200 bytes of memory
 * @param maxRecordsPerTopic records of one topic; a lookup shows 20 of them at random, so that more
 *     than some thousands are of no use to who looks
 * @param maxRecordsPerHost records that one host announced
 * @param maxRecordsPerNetwork records that all hosts of a network announced
 * @param maxRoutes servers that announced themselves
 * @param maxRoutesPerHost routes of one host: servers behind one address
 * @param maxRoutesPerNetwork routes of one network
 * @param maxRefreshTokens records that can be renewed without a signature; when there are more, the
 *     record is stored and the token is not
 * @param maxMutables mutable values
 * @param maxImmutables immutable values
 * @param maxValuesPerHost mutable values, and as many immutable ones, that one host put
 * @param maxValuesPerNetwork the same of all hosts of a network
 * @param maxValueBytes size of an encoded value (a mutable one with its signature)
 * @param recordAge after this time a record, a route or a refresh token that was not renewed is
 *     forgotten
 * @param valueAge after this time a value that was not put again is forgotten
 */
public record RecordLimits(
    int maxRecords,
    int maxRecordsPerTopic,
    int maxRecordsPerHost,
    int maxRecordsPerNetwork,
    int maxRoutes,
    int maxRoutesPerHost,
    int maxRoutesPerNetwork,
    int maxRefreshTokens,
    int maxMutables,
    int maxImmutables,
    int maxValuesPerHost,
    int maxValuesPerNetwork,
    int maxValueBytes,
    Duration recordAge,
    Duration valueAge) {
  /**
   * A million records (about 200 MB), a quarter of them for one host; 262,144 routes; 32,768 values
   * of each kind and up to 1,400 bytes; 20 minutes for records and 48 hours for values, as in
   * hyperdht.
   */
  public static final RecordLimits DEFAULT =
      new RecordLimits(
          1 << 20,
          8_192,
          1 << 18,
          1 << 19,
          1 << 18,
          1 << 15,
          1 << 16,
          1 << 16,
          1 << 15,
          1 << 15,
          1 << 13,
          1 << 14,
          1_400,
          Duration.ofMinutes(20),
          Duration.ofHours(48));

  private static final int MAX_ENTRIES = 1 << 26;
  private static final int MAX_VALUE_BYTES = 2_048;

  /** Checks the bounds. */
  public RecordLimits {
    check("maxRecords", maxRecords, MAX_ENTRIES);
    check("maxRecordsPerTopic", maxRecordsPerTopic, 1 << 20);
    check("maxRecordsPerHost", maxRecordsPerHost, MAX_ENTRIES);
    check("maxRecordsPerNetwork", maxRecordsPerNetwork, MAX_ENTRIES);
    check("maxRoutes", maxRoutes, MAX_ENTRIES);
    check("maxRoutesPerHost", maxRoutesPerHost, MAX_ENTRIES);
    check("maxRoutesPerNetwork", maxRoutesPerNetwork, MAX_ENTRIES);
    check("maxRefreshTokens", maxRefreshTokens, MAX_ENTRIES);
    check("maxMutables", maxMutables, MAX_ENTRIES);
    check("maxImmutables", maxImmutables, MAX_ENTRIES);
    check("maxValuesPerHost", maxValuesPerHost, MAX_ENTRIES);
    check("maxValuesPerNetwork", maxValuesPerNetwork, MAX_ENTRIES);
    check("maxValueBytes", maxValueBytes, MAX_VALUE_BYTES);
    checkAge("recordAge", recordAge);
    checkAge("valueAge", valueAge);
  }

  private static void check(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(name + " " + value + " outside 1 to " + max);
    }
  }

  private static void checkAge(String name, Duration age) {
    if (age.compareTo(Duration.ofSeconds(1)) < 0 || age.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(name + " " + age + " outside a second to a year");
    }
  }

  /** The same with other bounds of topic records. */
  public RecordLimits withRecords(int total, int perTopic, int perHost, int perNetwork) {
    return new RecordLimits(
        total,
        perTopic,
        perHost,
        perNetwork,
        maxRoutes,
        maxRoutesPerHost,
        maxRoutesPerNetwork,
        maxRefreshTokens,
        maxMutables,
        maxImmutables,
        maxValuesPerHost,
        maxValuesPerNetwork,
        maxValueBytes,
        recordAge,
        valueAge);
  }

  /** The same with other bounds of routes. */
  public RecordLimits withRoutes(int total, int perHost, int perNetwork, int refreshTokens) {
    return new RecordLimits(
        maxRecords,
        maxRecordsPerTopic,
        maxRecordsPerHost,
        maxRecordsPerNetwork,
        total,
        perHost,
        perNetwork,
        refreshTokens,
        maxMutables,
        maxImmutables,
        maxValuesPerHost,
        maxValuesPerNetwork,
        maxValueBytes,
        recordAge,
        valueAge);
  }

  /** The same with other bounds of mutable and immutable values. */
  public RecordLimits withValues(
      int mutables, int immutables, int perHost, int perNetwork, int bytes) {
    return new RecordLimits(
        maxRecords,
        maxRecordsPerTopic,
        maxRecordsPerHost,
        maxRecordsPerNetwork,
        maxRoutes,
        maxRoutesPerHost,
        maxRoutesPerNetwork,
        maxRefreshTokens,
        mutables,
        immutables,
        perHost,
        perNetwork,
        bytes,
        recordAge,
        valueAge);
  }

  /** The same with other ages. */
  public RecordLimits withAges(Duration ofRecords, Duration ofValues) {
    return new RecordLimits(
        maxRecords,
        maxRecordsPerTopic,
        maxRecordsPerHost,
        maxRecordsPerNetwork,
        maxRoutes,
        maxRoutesPerHost,
        maxRoutesPerNetwork,
        maxRefreshTokens,
        maxMutables,
        maxImmutables,
        maxValuesPerHost,
        maxValuesPerNetwork,
        maxValueBytes,
        ofRecords,
        ofValues);
  }
}

package org.peerstead.discovery.hyperdht.records;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordBook.Stored;
import org.peerstead.discovery.hyperdht.records.RecordListener.Eviction;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.discovery.store.DhtStore;
import org.peerstead.discovery.store.DhtStore.Section;
import org.peerstead.securestream.crypto.Blake2b;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * The records of topics, the routes to servers and their refresh tokens.
 *
 * <p>A topic exists as long as it has a record or a route. Records and routes look the same in
 * memory and lie on shelves of their own:
 *
 * <table>
 * <caption>A record or route, 104 bytes</caption>
 * <tr><th>Offset</th><th>Bytes</th><th>Content</th></tr>
 * <tr><td>0</td><td>32</td><td>of the {@link Shelf}</td></tr>
 * <tr><td>32</td><td>32</td><td>public key</td></tr>
 * <tr><td>64</td><td>19</td><td>number of relays, relays</td></tr>
 * <tr><td>84</td><td>4</td><td>topic</td></tr>
 * <tr><td>88</td><td>8</td><td>places in {@link Members}</td></tr>
 * <tr><td>96</td><td>4</td><td>refresh token plus 1</td></tr>
 * <tr><td>100</td><td>4</td><td>port of the source</td></tr>
 * </table>
 */
final class TopicBook {
  private static final int MAX_RELAYS = 3;
  private static final int MAX_RELAYS_BYTES = 1 + MAX_RELAYS * NodeAddress.BYTES;
  private static final long MAX_BUMP_DRIFT_MILLIS = 60_000;

  private static final int PUBLIC_KEY = Shelf.HEADER_BYTES;
  private static final int RELAYS = PUBLIC_KEY + Fixed32.SIZE;
  private static final int TOPIC = 84;
  private static final int PLACE = 88;
  private static final int NETWORK_PLACE = 92;
  private static final int REFRESH = 96;
  private static final int PORT = 100;
  private static final int RECORD_BYTES = 104;

  private static final int TOPIC_KEY = 4;
  private static final int TOPIC_COUNT = 36;

  /** The record when there is one, the place in {@link #crowds} when there are more. */
  private static final int TOPIC_MEMBERS = 40;

  /** The route plus 1. */
  private static final int TOPIC_ROUTE = 44;

  private static final int TOPIC_BUMP = 48;
  private static final int TOPIC_BYTES = 56;

  private static final int TOKEN = 4;
  private static final int TOKEN_ENTRY = 36;
  private static final int TOKEN_IS_ROUTE = 40;
  private static final int TOKEN_BYTES = 44;

  private final RecordLimits limits;
  private final DhtStore store;
  private final RandomGenerator chance;
  private final KeyHash hash;
  private final Slots topics = new Slots(TOPIC_BYTES);
  private final Slots recordSlots = new Slots(RECORD_BYTES);
  private final Slots routeSlots = new Slots(RECORD_BYTES);
  private final Slots tokens = new Slots(TOKEN_BYTES);
  private final TopicIndex topicIndex = new TopicIndex();
  private final RecordIndex recordIndex = new RecordIndex();
  private final TokenIndex tokenIndex = new TokenIndex();
  private final Shelf records;
  private final Shelf routes;
  private final Members.Addresses addresses;
  private final List<@Nullable Members> crowds = new ArrayList<>();
  private final List<Integer> freeCrowds = new ArrayList<>();
  private final int[] picked = new int[RecordBook.MAX_LOOKUP];
  private final int[] places = new int[RecordBook.MAX_LOOKUP];
  private final byte[] storeKey = new byte[2 * Fixed32.SIZE];
  private final RecordRow row = new RecordRow();

  TopicBook(
      RecordLimits limits,
      DhtStore store,
      RandomGenerator chance,
      KeyHash hash,
      RecordListener listener) {
    this.limits = limits;
    this.store = store;
    this.chance = chance;
    this.hash = hash;
    long ageMillis = limits.recordAge().toMillis();
    this.records =
        new Shelf(
            RecordKind.TOPIC_RECORD,
            new Shelf.Bounds(
                limits.maxRecords(),
                limits.maxRecordsPerHost(),
                limits.maxRecordsPerNetwork(),
                ageMillis),
            recordSlots,
            hash,
            this::forgetRecord,
            listener);
    this.routes =
        new Shelf(
            RecordKind.ROUTE,
            new Shelf.Bounds(
                limits.maxRoutes(),
                limits.maxRoutesPerHost(),
                limits.maxRoutesPerNetwork(),
                ageMillis),
            routeSlots,
            hash,
            this::forgetRoute,
            listener);
    this.addresses = records::addressOf;
  }

  private final class TopicIndex extends Index {
    TopicIndex() {
      super(topics);
    }

    @Override
    int hashOf(int slot) {
      return hash.of(topics, slot, TOPIC_KEY);
    }

    int find(Fixed32 key) {
      int topic = first(hash.of(key));
      while (topic != Slots.NONE && !topics.isFixed32(topic, TOPIC_KEY, key)) {
        topic = next(topic);
      }
      return topic;
    }
  }

  private final class RecordIndex extends Index {
    RecordIndex() {
      super(recordSlots);
    }

    @Override
    int hashOf(int slot) {
      return hash.of(recordSlots.getInt(slot, TOPIC), hash.of(recordSlots, slot, PUBLIC_KEY));
    }

    int find(int topic, Fixed32 publicKey) {
      int record = first(hash.of(topic, hash.of(publicKey)));
      while (record != Slots.NONE
          && !(recordSlots.getInt(record, TOPIC) == topic
              && recordSlots.isFixed32(record, PUBLIC_KEY, publicKey))) {
        record = next(record);
      }
      return record;
    }
  }

  private final class TokenIndex extends Index {
    TokenIndex() {
      super(tokens);
    }

    @Override
    int hashOf(int slot) {
      return hash.of(tokens, slot, TOKEN);
    }

    int find(Fixed32 token) {
      int slot = first(hash.of(token));
      while (slot != Slots.NONE && !tokens.isFixed32(slot, TOKEN, token)) {
        slot = next(slot);
      }
      return slot;
    }
  }

  // ---- announcing

  Stored announce(
      Fixed32 key,
      NodeAddress source,
      Fixed32 publicKey,
      Slice peerRecord,
      @Nullable Fixed32 refresh,
      long bump,
      long nowMillis) {
    Slice relays = relaysOf(peerRecord);
    int topic = topicIndex.find(key);
    int record = topic == Slots.NONE ? Slots.NONE : recordIndex.find(topic, publicKey);
    boolean isNew = record == Slots.NONE;
    if (isNew) {
      Stored refusal = makeRoom(topic, source.host());
      if (refusal != null) {
        return refusal;
      }
      // The record that gave way may have been the last of this topic.
      topic = topicOf(key);
      record = records.add(source.host(), nowMillis);
      insert(topic, record, publicKey, false);
    } else {
      renewRecord(topic, record, source.host(), nowMillis);
    }
    setRelays(recordSlots, record, source, relays);
    if (bump > topics.getLong(topic, TOPIC_BUMP) && bump <= nowMillis + MAX_BUMP_DRIFT_MILLIS) {
      topics.setLong(topic, TOPIC_BUMP, bump);
    }
    setRefresh(recordSlots, record, refresh, false);
    writeRecord(record);
    return isNew ? Stored.STORED : Stored.RENEWED;
  }

  private @Nullable Stored makeRoom(int topic, int address) {
    if (topic != Slots.NONE
        && topics.getInt(topic, TOPIC_COUNT) >= limits.maxRecordsPerTopic()
        && !records.isSourceFull(address)) {
      Members members = members(topic);
      int victim =
          members == null
              ? topics.getInt(topic, TOPIC_MEMBERS)
              : members.victim(address, addresses, chance);
      if (victim == Slots.NONE || records.addressOf(victim) >>> 8 == address >>> 8) {
        return records.refuse(Stored.REFUSED_TOPIC_LIMIT, address);
      }
      records.evict(victim, Eviction.TOPIC_FULL);
    }
    return records.makeRoom(address);
  }

  private void insert(int topic, int entry, Fixed32 publicKey, boolean isRoute) {
    Slots slots = isRoute ? routeSlots : recordSlots;
    slots.setFixed32(entry, PUBLIC_KEY, publicKey);
    slots.setInt(entry, TOPIC, topic);
    if (isRoute) {
      topics.setInt(topic, TOPIC_ROUTE, entry + 1);
    } else {
      recordIndex.add(entry);
      join(topic, entry);
    }
  }

  private void renewRecord(int topic, int record, int address, long nowMillis) {
    Members members = members(topic);
    if (members == null || records.addressOf(record) == address) {
      records.renew(record, address, nowMillis);
    } else {
      // Its place among the networks of the topic depends on the source.
      members.remove(record, addresses);
      records.renew(record, address, nowMillis);
      members.add(record, addresses);
    }
  }

  Stored announceRoute(
      Fixed32 target,
      NodeAddress source,
      Fixed32 publicKey,
      Slice peerRecord,
      @Nullable Fixed32 refresh,
      long nowMillis) {
    Slice relays = relaysOf(peerRecord);
    int topic = topicIndex.find(target);
    int route = topic == Slots.NONE ? Slots.NONE : topics.getInt(topic, TOPIC_ROUTE) - 1;
    boolean isNew = route == Slots.NONE;
    if (isNew) {
      Stored refusal = routes.makeRoom(source.host());
      if (refusal != null) {
        return refusal;
      }
      topic = topicOf(target);
      route = routes.add(source.host(), nowMillis);
      insert(topic, route, publicKey, true);
    } else {
      routes.renew(route, source.host(), nowMillis);
    }
    setRelays(routeSlots, route, source, relays);
    setRefresh(routeSlots, route, refresh, true);
    writeRoute(route);
    int record = recordIndex.find(topic, publicKey);
    if (record != Slots.NONE) {
      // Announced as an ordinary peer before: the route takes its place.
      records.remove(record);
    }
    return isNew ? Stored.STORED : Stored.RENEWED;
  }

  /** The relays of an encoded peer record: what follows the public key. */
  private static Slice relaysOf(Slice peerRecord) {
    Slice relays = peerRecord.range(Fixed32.SIZE, peerRecord.length());
    if (relays.length() > MAX_RELAYS_BYTES
        || relays.length() != 1 + relays.at(0) * NodeAddress.BYTES) {
      throw new IllegalArgumentException("not a peer record with at most 3 relays: " + peerRecord);
    }
    return relays;
  }

  private static void setRelays(Slots slots, int entry, NodeAddress source, Slice relays) {
    slots.setBytes(entry, RELAYS, relays);
    slots.setInt(entry, PORT, source.port());
  }

  // ---- refresh tokens

  Stored refresh(Fixed32 revealed, NodeAddress source, long nowMillis) {
    int token = tokenIndex.find(Blake2b.hash(revealed.toSlice()));
    if (token == Slots.NONE) {
      return Stored.UNKNOWN_REFRESH;
    }
    int entry = tokens.getInt(token, TOKEN_ENTRY);
    boolean isRoute = tokens.getInt(token, TOKEN_IS_ROUTE) == 1;
    if ((isRoute ? routes : records).isExpired(entry, nowMillis)) {
      return Stored.UNKNOWN_REFRESH;
    }
    Slots slots = isRoute ? routeSlots : recordSlots;
    int topic = slots.getInt(entry, TOPIC);
    setRefresh(slots, entry, revealed, isRoute);
    slots.setInt(entry, PORT, source.port());
    if (isRoute) {
      routes.renew(entry, source.host(), nowMillis);
      writeRoute(entry);
    } else {
      renewRecord(topic, entry, source.host(), nowMillis);
      writeRecord(entry);
    }
    return Stored.RENEWED;
  }

  /** Replaces the token of an entry. One that another entry has already is not taken. */
  private void setRefresh(Slots slots, int entry, @Nullable Fixed32 token, boolean isRoute) {
    int old = slots.getInt(entry, REFRESH) - 1;
    if (old == Slots.NONE && token == null) {
      return;
    }
    if (old != Slots.NONE && token != null && tokens.isFixed32(old, TOKEN, token)) {
      return;
    }
    dropRefresh(slots, entry);
    if (token == null
        || tokens.used() >= limits.maxRefreshTokens()
        || tokenIndex.find(token) != Slots.NONE) {
      return;
    }
    int added = tokens.take();
    tokens.setFixed32(added, TOKEN, token);
    tokens.setInt(added, TOKEN_ENTRY, entry);
    tokens.setInt(added, TOKEN_IS_ROUTE, isRoute ? 1 : 0);
    tokenIndex.add(added);
    slots.setInt(entry, REFRESH, added + 1);
  }

  private void dropRefresh(Slots slots, int entry) {
    int token = slots.getInt(entry, REFRESH) - 1;
    if (token != Slots.NONE) {
      tokenIndex.remove(token);
      tokens.release(token);
      slots.setInt(entry, REFRESH, 0);
    }
  }

  // ---- finding

  boolean unannounce(Fixed32 key, Fixed32 publicKey) {
    int topic = topicIndex.find(key);
    if (topic == Slots.NONE) {
      return false;
    }
    int record = recordIndex.find(topic, publicKey);
    int route = topics.getInt(topic, TOPIC_ROUTE) - 1;
    boolean isRoute = route != Slots.NONE && routeSlots.isFixed32(route, PUBLIC_KEY, publicKey);
    if (isRoute) {
      routes.remove(route);
    }
    if (record != Slots.NONE) {
      records.remove(record);
    }
    return isRoute || record != Slots.NONE;
  }

  @Nullable Route route(Fixed32 target, long nowMillis) {
    int topic = topicIndex.find(target);
    int route = topic == Slots.NONE ? Slots.NONE : topics.getInt(topic, TOPIC_ROUTE) - 1;
    if (route == Slots.NONE || routes.isExpired(route, nowMillis)) {
      return null;
    }
    byte[] record = new byte[Fixed32.SIZE + relaysBytes(routeSlots, route)];
    routeSlots.copy(route, PUBLIC_KEY, record.length, record, 0);
    return new Route(
        new NodeAddress(routes.addressOf(route), routeSlots.getInt(route, PORT)), Slice.of(record));
  }

  private static int relaysBytes(Slots slots, int entry) {
    return 1 + slots.getByte(entry, RELAYS) * NodeAddress.BYTES;
  }

  int lookup(Fixed32 key, int max, CompactWriter out, long nowMillis) {
    int topic = topicIndex.find(key);
    if (topic == Slots.NONE) {
      return 0;
    }
    int found = withoutExpired(pick(topic, Math.min(max, picked.length)), nowMillis);
    int route = topics.getInt(topic, TOPIC_ROUTE) - 1;
    boolean isRouteShown =
        found < max && route != Slots.NONE && !routes.isExpired(route, nowMillis);
    int total = isRouteShown ? found + 1 : found;
    if (total == 0) {
      return 0;
    }
    out.uint(total);
    for (int i = 0; i < found; i++) {
      write(recordSlots, picked[i], out);
    }
    if (isRouteShown) {
      write(routeSlots, route, out);
    }
    out.uint(topics.getLong(topic, TOPIC_BUMP));
    return total;
  }

  private int pick(int topic, int max) {
    Members members = members(topic);
    if (members != null) {
      return members.pick(picked, places, max, chance);
    }
    picked[0] = topics.getInt(topic, TOPIC_MEMBERS);
    return topics.getInt(topic, TOPIC_COUNT);
  }

  private int withoutExpired(int found, long nowMillis) {
    int left = 0;
    for (int i = 0; i < found; i++) {
      if (!records.isExpired(picked[i], nowMillis)) {
        picked[left++] = picked[i];
      }
    }
    return left;
  }

  /** Public key and relays lie side by side, as in an encoded peer record. */
  private static void write(Slots slots, int entry, CompactWriter out) {
    slots.write(entry, PUBLIC_KEY, Fixed32.SIZE + relaysBytes(slots, entry), out);
  }

  long bump(Fixed32 key) {
    int topic = topicIndex.find(key);
    return topic == Slots.NONE ? 0 : topics.getLong(topic, TOPIC_BUMP);
  }

  // ---- topics

  private int topicOf(Fixed32 key) {
    int topic = topicIndex.find(key);
    if (topic == Slots.NONE) {
      topic = topics.take();
      topics.setFixed32(topic, TOPIC_KEY, key);
      topicIndex.add(topic);
    }
    return topic;
  }

  private @Nullable Members members(int topic) {
    return topics.getInt(topic, TOPIC_COUNT) > 1
        ? crowds.get(topics.getInt(topic, TOPIC_MEMBERS))
        : null;
  }

  private void join(int topic, int record) {
    int count = topics.getInt(topic, TOPIC_COUNT);
    if (count == 0) {
      topics.setInt(topic, TOPIC_MEMBERS, record);
    } else {
      Members members = members(topic);
      if (members == null) {
        members = new Members(recordSlots, PLACE, NETWORK_PLACE);
        members.add(topics.getInt(topic, TOPIC_MEMBERS), addresses);
        topics.setInt(topic, TOPIC_MEMBERS, addCrowd(members));
      }
      members.add(record, addresses);
    }
    topics.setInt(topic, TOPIC_COUNT, count + 1);
  }

  private int addCrowd(Members members) {
    if (freeCrowds.isEmpty()) {
      crowds.add(members);
      return crowds.size() - 1;
    }
    int place = freeCrowds.removeLast();
    crowds.set(place, members);
    return place;
  }

  private void leave(int topic, int record) {
    int count = topics.getInt(topic, TOPIC_COUNT);
    Members members = members(topic);
    if (members != null) {
      members.remove(record, addresses);
      if (count == 2) {
        int place = topics.getInt(topic, TOPIC_MEMBERS);
        crowds.set(place, null);
        freeCrowds.add(place);
        topics.setInt(topic, TOPIC_MEMBERS, members.at(0));
      }
    }
    topics.setInt(topic, TOPIC_COUNT, count - 1);
    dropIfEmpty(topic);
  }

  private void dropIfEmpty(int topic) {
    if (topics.getInt(topic, TOPIC_COUNT) == 0 && topics.getInt(topic, TOPIC_ROUTE) == 0) {
      topicIndex.remove(topic);
      topics.release(topic);
    }
  }

  private void forgetRecord(int record) {
    int topic = recordSlots.getInt(record, TOPIC);
    store.delete(Section.RECORDS, storeKey(recordSlots, record));
    dropRefresh(recordSlots, record);
    recordIndex.remove(record);
    leave(topic, record);
  }

  private void forgetRoute(int route) {
    int topic = routeSlots.getInt(route, TOPIC);
    store.delete(Section.ROUTES, storeKey(routeSlots, route));
    dropRefresh(routeSlots, route);
    topics.setInt(topic, TOPIC_ROUTE, 0);
    dropIfEmpty(topic);
  }

  // ---- the store

  private Slice storeKey(Slots slots, int entry) {
    topics.copy(slots.getInt(entry, TOPIC), TOPIC_KEY, Fixed32.SIZE, storeKey, 0);
    slots.copy(entry, PUBLIC_KEY, Fixed32.SIZE, storeKey, Fixed32.SIZE);
    return Slice.of(storeKey);
  }

  private void writeRecord(int record) {
    write(Section.RECORDS, records, recordSlots, record);
  }

  private void writeRoute(int route) {
    write(Section.ROUTES, routes, routeSlots, route);
  }

  private void write(Section section, Shelf shelf, Slots slots, int entry) {
    row.begin(
        shelf.addressOf(entry),
        slots.getInt(entry, PORT),
        topics.getLong(slots.getInt(entry, TOPIC), TOPIC_BUMP));
    row.append(slots, entry, RELAYS, relaysBytes(slots, entry));
    int token = slots.getInt(entry, REFRESH) - 1;
    if (token != Slots.NONE) {
      row.append(tokens, token, TOKEN, Fixed32.SIZE);
    }
    store.put(section, storeKey(slots, entry), shelf.expiresAt(entry), row.toSlice());
  }

  /** Takes over the rows of the store. */
  void load(Loading loading) {
    loading.section(
        Section.RECORDS,
        limits.recordAge(),
        (key, expiresAt, value) -> loadRow(key, expiresAt, value, false));
    records.sortByExpiry();
    loading.section(
        Section.ROUTES,
        limits.recordAge(),
        (key, expiresAt, value) -> loadRow(key, expiresAt, value, true));
    routes.sortByExpiry();
  }

  private boolean loadRow(Slice key, long expiresAtMillis, Slice value, boolean isRoute)
      throws EncodingException {
    CompactReader keyReader = key.reader();
    Fixed32 topicKey = keyReader.fixed32();
    Fixed32 publicKey = keyReader.fixed32();
    keyReader.expectEnd();
    RecordRow.Content content = RecordRow.read(value);
    int address = content.source().host();
    int topic = topicIndex.find(topicKey);
    Stored refusal = isRoute ? routes.makeRoom(address) : makeRoom(topic, address);
    if (refusal != null) {
      return false;
    }
    topic = topicOf(topicKey);
    int entry = (isRoute ? routes : records).addUntil(address, expiresAtMillis);
    Slots slots = isRoute ? routeSlots : recordSlots;
    insert(topic, entry, publicKey, isRoute);
    setRelays(slots, entry, content.source(), content.relays());
    setRefresh(slots, entry, content.refresh(), isRoute);
    if (content.bump() > topics.getLong(topic, TOPIC_BUMP)) {
      topics.setLong(topic, TOPIC_BUMP, content.bump());
    }
    return true;
  }

  // ---- counting

  int topics() {
    return topics.used();
  }

  int refreshTokens() {
    return tokens.used();
  }

  KindCounts recordCounts() {
    return records.counts();
  }

  KindCounts routeCounts() {
    return routes.counts();
  }

  /** Forgets at most {@code max} expired records and as many routes; whether some may be left. */
  boolean expire(long nowMillis, int max) {
    // Both, whatever the first says.
    return records.expire(nowMillis, max) | routes.expire(nowMillis, max);
  }
}

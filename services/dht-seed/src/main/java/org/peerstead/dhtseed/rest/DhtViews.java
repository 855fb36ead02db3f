package org.peerstead.dhtseed.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.dhtseed.Announcements.Announcement;
import org.peerstead.dhtseed.DhtSeed;
import org.peerstead.dhtseed.NodeAndNetwork.Found;
import org.peerstead.dhtseed.NodeAndNetwork.Put;
import org.peerstead.dhtseed.Reachability;
import org.peerstead.discovery.DhtStatus;
import org.peerstead.discovery.LookupResult.FoundPeer;
import org.peerstead.discovery.hyperdht.records.RecordKind;
import org.peerstead.discovery.hyperdht.wire.MutableValue;
import org.peerstead.discovery.net.SocketCounts;
import org.peerstead.discovery.rpc.core.NodeInfo;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** What the API's JSON looks like. Keys are z-base-32, topics and hashes hexadecimal. */
final class DhtViews {
  private DhtViews() {}

  /**
   * How the node is.
   *
   * @param seed what others write into their list of seeds
   * @param id under which others know it; absent while it serves nobody
   * @param reachable the finding, {@code reason} and {@code nat} in words
   * @param buckets nodes by the bits that their id shares with this node's
   * @param requests requests of others since the start
   * @param strangers nodes that came without having been asked before
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StatusJson(
      String publicKey,
      @Nullable String seed,
      String mode,
      String bound,
      @Nullable String id,
      boolean ready,
      String reachable,
      boolean fine,
      String reason,
      String nat,
      @Nullable String observedHost,
      int observedPort,
      int observations,
      boolean firewalled,
      String connectivity,
      List<String> bootstrap,
      List<String> warnings,
      int nodes,
      Map<Integer, Integer> buckets,
      Map<String, StoreJson> stores,
      int topics,
      long requests,
      long strangers,
      int inFlight,
      int queries,
      TrafficJson traffic,
      String sockets,
      long faults,
      long storageFailures,
      long uptimeSeconds) {
    static StatusJson of(DhtSeed seed, DhtStatus status) {
      Reachability reachability = seed.reachability();
      var stores = new LinkedHashMap<String, StoreJson>();
      for (RecordKind kind : RecordKind.values()) {
        var counts = status.records().of(kind);
        stores.put(
            label(kind),
            new StoreJson(
                counts.held(),
                counts.hosts(),
                counts.stored(),
                counts.renewed(),
                counts.removed(),
                counts.expired(),
                counts.evicted(),
                counts.refused()));
      }
      return new StatusJson(
          KeyText.encode(seed.publicKey()),
          seed.seedText().orElse(null),
          label(seed.plan().mode()),
          seed.plan().bindHost() + ":" + status.serverPort(),
          status.id() == null ? null : status.id().toString(),
          status.isReady(),
          label(reachability.verdict()),
          reachability.verdict().isFine(),
          reachability.reason(),
          reachability.nat().words(),
          status.address().host(),
          status.address().port(),
          status.address().samples(),
          status.address().firewalled(),
          label(status.connectivity()),
          status.bootstrap().stream().map(NodeAddress::toString).toList(),
          seed.warnings(),
          status.tableSize(),
          status.tableSizes(),
          stores,
          status.records().topics(),
          seed.requestCount(),
          seed.strangers(),
          status.inFlight(),
          status.runningQueries(),
          TrafficJson.of(status.sockets()),
          label(status.socketKind()),
          status.faults(),
          status.storageFailures(),
          status.uptime().toSeconds());
    }
  }

  /** One of the four stores; counts since the start, apart from the first two. */
  record StoreJson(
      int held,
      int hosts,
      long stored,
      long renewed,
      long removed,
      long expired,
      long evicted,
      long refused) {}

  /** What passed the sockets since the start. */
  record TrafficJson(
      long packetsIn, long bytesIn, long packetsOut, long bytesOut, long lostIn, long lostOut) {
    static TrafficJson of(SocketCounts counts) {
      return new TrafficJson(
          counts.received(),
          counts.receivedBytes(),
          counts.sent(),
          counts.sentBytes(),
          counts.oversized() + counts.overflowed(),
          counts.refused() + counts.lost());
    }
  }

  /** A node of the routing table; {@code seenSeconds} ago it was last heard of. */
  record NodeJson(String address, String id, int bucket, long addedSeconds, long seenSeconds) {
    static NodeJson of(NodeInfo node, long nowNanos) {
      return new NodeJson(
          node.address().toString(),
          node.id().toString(),
          node.bucket(),
          Math.max(0, (nowNanos - node.addedNanos()) / 1_000_000_000),
          Math.max(0, (nowNanos - node.seenNanos()) / 1_000_000_000));
    }
  }

  /** The routing table, farthest first. */
  record NodesJson(List<NodeJson> nodes) {}

  /** A peer of a topic; nothing proves what the nodes say. */
  record PeerJson(String publicKey, List<String> relays, List<String> nodes) {
    static PeerJson of(FoundPeer peer) {
      return new PeerJson(
          KeyText.encode(peer.record().publicKey()),
          peer.record().relays().stream().map(NodeAddress::toString).toList(),
          peer.nodes().stream().map(NodeAddress::toString).toList());
    }
  }

  /** What a lookup found; {@code answered} other nodes were asked. */
  record LookupJson(String topic, List<PeerJson> peers, int answered) {
    static LookupJson of(Fixed32 topic, Found found) {
      return new LookupJson(
          topic.toString(), found.peers().stream().map(PeerJson::of).toList(), found.answered());
    }
  }

  /** What announcing or taking back did at how many nodes, this one included. */
  record AnnouncedJson(String topic, String publicKey, int nodes) {}

  /** A topic that is kept announced. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record AnnouncementJson(
      String topic,
      Instant since,
      @Nullable Instant announced,
      int nodes,
      @Nullable String problem) {
    static AnnouncementJson of(Announcement kept) {
      return new AnnouncementJson(
          kept.topic().toString(),
          Instant.ofEpochMilli(kept.sinceMillis()),
          kept.announcedMillis() == 0 ? null : Instant.ofEpochMilli(kept.announcedMillis()),
          kept.storedAt(),
          kept.problem().orElse(null));
    }
  }

  /** The topics that are kept announced. */
  record AnnouncementsJson(List<AnnouncementJson> announcements) {}

  /** A value to store, in base64; {@code seq} only for mutable ones, absent: one more. */
  record ValueJson(byte @Nullable [] value, @Nullable Long seq) {}

  /** A stored immutable value. */
  record StoredJson(String hash, int nodes) {
    static StoredJson of(Put put) {
      return new StoredJson(put.name().toString(), put.storedAt());
    }
  }

  /** A stored mutable value. */
  record MutableStoredJson(String publicKey, long seq, int nodes) {
    static MutableStoredJson of(Put put) {
      return new MutableStoredJson(KeyText.encode(put.name()), put.seq(), put.storedAt());
    }
  }

  /** An immutable value, in base64. */
  record FoundValueJson(String hash, byte[] value) {
    static FoundValueJson of(Fixed32 hash, Slice value) {
      return new FoundValueJson(hash.toString(), value.toByteArray());
    }
  }

  /** A mutable value, in base64. */
  record FoundMutableJson(String publicKey, long seq, byte[] value) {
    static FoundMutableJson of(Fixed32 key, MutableValue value) {
      return new FoundMutableJson(KeyText.encode(key), value.seq(), value.value().toByteArray());
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

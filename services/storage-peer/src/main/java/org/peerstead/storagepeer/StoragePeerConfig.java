package org.peerstead.storagepeer;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.peerstead.storagepeer.follow.FollowLimits;

/**
 * Configuration {@code peerstead.storage-peer.*}. Sizes take suffixes K, M, G (powers of 1024);
 * keys are z-base-32 or hexadecimal.
 */
@ConfigMapping(prefix = "peerstead.storage-peer")
public interface StoragePeerConfig {
  /** Whether this process keeps cores; when not, it opens neither the store nor the port. */
  @WithDefault("true")
  boolean enabled();

  /** Address to listen on for peers. */
  @WithDefault("127.0.0.1")
  String host();

  /** TCP port to listen on for peers; 0 takes a free one. */
  @WithDefault("3282")
  int port();

  /** Peers to stay connected to: {@code host:port} or {@code KEY@host:port}. */
  Optional<List<String>> peers();

  /**
   * Whether nodes in the local network are found by multicast; never while {@link #host} is a
   * loopback address.
   */
  @WithDefault("true")
  boolean lanDiscovery();

  /** Names of the only network interfaces to use for that; absent: all that fit. */
  Optional<List<String>> lanInterfaces();

  /** Whether a salted digest of the kept cores is announced, so that others connect less often. */
  @WithDefault("true")
  boolean lanDigest();

  /** How long a name and a salt in the local network live. */
  @WithDefault("1h")
  Duration lanRotation();

  /** Nodes of the local network to dial at a time. */
  @WithDefault("32")
  int lanMaxDials();

  /** UDP port of a DHT node on this machine to announce to others; 0 for none. */
  @WithDefault("0")
  int lanDhtPort();

  /** Public keys of the only peers that may connect; absent: every peer that knows a core's key. */
  Optional<List<String>> allowedPeers();

  /** Public keys of peers that may ask for cores to be kept, announced and deleted. */
  Optional<List<String>> trustedPeers();

  /** Who may ask over the network for cores to be kept. */
  @WithDefault("trusted")
  StorageRequests storageRequests();

  /** Cores that one connection may ask to be kept per minute. */
  @WithDefault("600")
  int maxRequestsPerMinute();

  /** The file with the device's secret keys; in the data folder when absent. */
  Optional<String> keyFile();

  /** Largest sum of the blocks of all cores. */
  @WithDefault("100G")
  MemorySize maxBytes();

  /** Nothing new is taken when the disk has less free space than this. */
  @WithDefault("256M")
  MemorySize minFreeBytes();

  /** Cores kept at a time. */
  @WithDefault("100000")
  int maxCores();

  /** Largest sum of the blocks kept for one owner; no such limit when absent. */
  Optional<MemorySize> maxBytesPerOwner();

  /** Cores kept for one owner. */
  @WithDefault("100000")
  int maxCoresPerOwner();

  /** At {@code max-bytes}: {@code evict} the least active cores, or {@code refuse} more blocks. */
  @WithDefault("evict")
  FollowLimits.Policy eviction();

  /** The same at {@code max-bytes-per-owner}, among that owner's cores. */
  @WithDefault("refuse")
  FollowLimits.Policy ownerQuota();

  /** Followed cores without activity for longer are deleted unless pinned; never when absent. */
  Optional<Duration> retention();

  /** Connections open at once. */
  @WithDefault("512")
  int maxConnections();

  /** Connections from one address open at once. */
  @WithDefault("32")
  int maxConnectionsPerAddress();

  /** How long a connection may take for its handshake. */
  @WithDefault("10s")
  Duration handshakeTimeout();

  /** Silence after which a connection is closed. */
  @WithDefault("30s")
  Duration idleTimeout();

  /** Asks peers what they have in pieces of 4,096 blocks: less memory for very long cores. */
  @WithDefault("false")
  boolean smallWants();

  /** Cores that nobody follows and that stay open after a peer asked for them. */
  @WithDefault("256")
  int maxOpenIdleCores();

  /** How often limits are looked at and records saved. */
  @WithDefault("1s")
  Duration sweepInterval();

  /** How long a REST request waits for the engine. */
  @WithDefault("60s")
  Duration requestTimeout();

  /** Memory and files of RocksDB. */
  Rocks rocksdb();

  /** Who may ask over the network for cores to be kept. */
  enum StorageRequests {
    /** The trusted peers; nobody when there are none. */
    TRUSTED,
    /** Every peer, within the quotas. */
    EVERYBODY
  }

  /** Memory and files of RocksDB; write buffers are charged to the block cache. */
  interface Rocks {
    /** Cache of what was read, indexes included. */
    @WithDefault("32M")
    MemorySize blockCache();

    /** Sum of the write buffers. */
    @WithDefault("16M")
    MemorySize writeBuffers();

    /** Files open at a time. */
    @WithDefault("512")
    int maxOpenFiles();
  }

  /** The limits of what is kept in the form the service uses. */
  default FollowLimits limits() {
    return new FollowLimits(
        maxBytes().asLongValue(),
        maxCores(),
        maxBytesPerOwner().map(MemorySize::asLongValue).orElse(Long.MAX_VALUE),
        maxCoresPerOwner(),
        eviction(),
        ownerQuota(),
        retention().orElse(null));
  }
}

package org.peerstead.dhtseed;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.peerstead.discovery.hyperdht.records.RecordLimits;

/** Configuration {@code peerstead.dht-seed.*}. Sizes take suffixes K, M, G (powers of 1024). */
@ConfigMapping(prefix = "peerstead.dht-seed")
public interface DhtSeedConfig {
  /** Whether this process is a node of the DHT; when not, it opens neither port nor store. */
  @WithDefault("true")
  boolean enabled();

  /**
   * The IPv4 address under which others reach this node, or a name that has one; absent: only
   * programs on this machine.
   */
  Optional<String> host();

  /** UDP port to serve on; 0 takes a free one. */
  @WithDefault("49737")
  int port();

  /** The port that others use, when a router forwards another one; absent: the same. */
  Optional<Integer> publicPort();

  /** Whether a free port will do when the port is taken. */
  @WithDefault("false")
  boolean anyPort();

  /**
   * Own IPv4 address to bind to; absent: all of them when {@code host} says under which address
   * others come, else loopback.
   */
  Optional<String> bindHost();

  /**
   * Other seeds, {@code host:port} or {@code a.b.c.d@host:port}; none for the first of a network.
   */
  Optional<List<String>> bootstrap();

  /** When the node serves others. */
  @WithDefault("seed")
  Mode mode();

  /** The file with the node's secret key; in the data folder when absent. */
  Optional<String> keyFile();

  /** Topics that this node keeps announced for its operator. */
  @WithDefault("1000")
  int maxAnnouncements();

  /** How long a REST request waits for the network. */
  @WithDefault("30s")
  Duration requestTimeout();

  /** Bounds of what others may store here. */
  Limits limits();

  /** Memory of RocksDB. */
  Rocks rocksdb();

  /** When the node serves others. */
  enum Mode {
    /** From the start, under the address that {@code host} states. */
    SEED,
    /** Once its address has been stable and reachable for 20 minutes. */
    ADAPTIVE,
    /** Never; it only asks. */
    CLIENT
  }

  /** Bounds of what others may store here; see {@link RecordLimits}. */
  interface Limits {
    /** Records of all topics, about 200 bytes each. */
    @WithDefault("1048576")
    int records();

    /** Records of one topic. */
    @WithDefault("8192")
    int recordsPerTopic();

    /** Records of one host. */
    @WithDefault("262144")
    int recordsPerHost();

    /** Records of the 256 addresses with the same first three bytes. */
    @WithDefault("524288")
    int recordsPerNetwork();

    /** Servers that announced themselves. */
    @WithDefault("262144")
    int routes();

    /** Servers behind one address. */
    @WithDefault("32768")
    int routesPerHost();

    /** Servers of a network of 256 addresses. */
    @WithDefault("65536")
    int routesPerNetwork();

    /** Records that can be renewed without a signature. */
    @WithDefault("65536")
    int refreshTokens();

    /** Mutable values. */
    @WithDefault("32768")
    int mutables();

    /** Immutable values. */
    @WithDefault("32768")
    int immutables();

    /** Values of each of the two kinds that one host put. */
    @WithDefault("8192")
    int valuesPerHost();

    /** The same of a network of 256 addresses. */
    @WithDefault("16384")
    int valuesPerNetwork();

    /** Largest value in bytes, signature included. */
    @WithDefault("1400")
    int valueBytes();

    /** After this time a record that was not renewed is forgotten. */
    @WithDefault("20m")
    Duration recordAge();

    /** After this time a value that was not put again is forgotten. */
    @WithDefault("48h")
    Duration valueAge();

    /**
     * The limits in the form the node uses.
     *
     * @throws IllegalArgumentException when one is out of bounds; the message names it
     */
    default RecordLimits toRecordLimits() {
      return new RecordLimits(
          records(),
          recordsPerTopic(),
          recordsPerHost(),
          recordsPerNetwork(),
          routes(),
          routesPerHost(),
          routesPerNetwork(),
          refreshTokens(),
          mutables(),
          immutables(),
          valuesPerHost(),
          valuesPerNetwork(),
          valueBytes(),
          recordAge(),
          valueAge());
    }
  }

  /** Memory of RocksDB. */
  interface Rocks {
    /** Size of a write buffer, of which there are at most two. */
    @WithDefault("16M")
    MemorySize writeBuffer();

    /** Cache of what is read, which happens at the start only. */
    @WithDefault("8M")
    MemorySize blockCache();
  }
}

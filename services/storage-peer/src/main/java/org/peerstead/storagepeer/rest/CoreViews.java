package org.peerstead.storagepeer.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.mdns.LanPeer;
import org.peerstead.events.Bytes;
import org.peerstead.events.LogReader;
import org.peerstead.hypercore.AppendResult;
import org.peerstead.hypercore.Defect;
import org.peerstead.hypercore.PeerInfo;
import org.peerstead.hypercore.Verification;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.storagepeer.CoreView;
import org.peerstead.storagepeer.StoragePeerStatus;
import org.peerstead.storagepeer.follow.FollowedCore;
import org.peerstead.storagepeer.follow.Refusal;
import org.peerstead.storagepeer.lan.LocalNetwork;

/** What the API's JSON looks like. Keys are z-base-32. */
final class CoreViews {
  private CoreViews() {}

  /** A core; see {@link CoreView}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record CoreJson(
      String key,
      String hex,
      String discoveryKey,
      @Nullable String name,
      long fork,
      long length,
      long byteLength,
      long contiguousLength,
      long storedBlocks,
      long storedBytes,
      long lagBlocks,
      int peers,
      boolean writable,
      boolean frozen,
      @Nullable FollowJson follow,
      @Nullable String refusesBlocks) {
    static CoreJson of(CoreView core) {
      return new CoreJson(
          KeyText.encode(core.key()),
          core.key().toString(),
          core.discoveryKey().toString(),
          core.name(),
          core.fork(),
          core.length(),
          core.byteLength(),
          core.contiguousLength(),
          core.storedBlocks(),
          core.storedBytes(),
          core.lagBlocks(),
          core.peers(),
          core.isWritable(),
          core.isFrozen(),
          core.kept().map(FollowJson::of).orElse(null),
          core.refusal().map(Refusal::sentence).orElse(null));
    }
  }

  /** Why a core is kept; see {@link FollowedCore}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record FollowJson(
      String owner,
      boolean own,
      boolean pinned,
      boolean announced,
      int priority,
      long maxBytes,
      @Nullable String referrer,
      @Nullable String source,
      Instant addedAt,
      Instant activeAt,
      long wantedFrom,
      long clearedBlocks,
      long clearedBytes) {
    static FollowJson of(FollowedCore core) {
      return new FollowJson(
          core.owner(),
          core.origin() == FollowedCore.Origin.OWN,
          core.isPinned(),
          core.isAnnounced(),
          core.priority(),
          core.maxBytes(),
          core.referrer() == null ? null : KeyText.encode(core.referrer()),
          core.source(),
          Instant.ofEpochMilli(core.addedMillis()),
          Instant.ofEpochMilli(core.activeMillis()),
          core.wantedFrom(),
          core.clearedBlocks(),
          core.clearedBytes());
    }
  }

  /**
   * A page of cores.
   *
   * @param cores ascending by discovery key
   * @param next value of {@code after} for the next page, absent on the last one
   */
  record CoreListJson(
      List<CoreJson> cores, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String next) {}

  /**
   * The local network.
   *
   * @param enabled whether it is looked at
   * @param interfaces network interfaces in use
   */
  record LanJson(boolean enabled, int interfaces, List<LanNodeJson> nodes) {
    static final LanJson OFF = new LanJson(false, 0, List.of());

    static LanJson of(LocalNetwork lan) {
      return new LanJson(
          true, lan.status().links(), lan.nodes().stream().map(LanNodeJson::of).toList());
    }
  }

  /** A node nearby; see {@link LanPeer}. */
  record LanNodeJson(
      String network,
      String instance,
      List<String> addresses,
      List<String> dhtAddresses,
      boolean mayShareTopics) {
    static LanNodeJson of(LanPeer peer) {
      return new LanNodeJson(
          peer.network(),
          peer.instance(),
          peer.addresses().stream().map(CoreViews::text).toList(),
          peer.dhtAddresses().stream().map(CoreViews::text).toList(),
          peer.mayShareTopics());
    }
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  /** A wish for a new core. */
  record CreateJson(@Nullable String name) {}

  /** A wish to follow a core; everything may be absent. */
  record WishJson(
      @Nullable String source,
      @Nullable Integer priority,
      @Nullable Long maxBytes,
      @Nullable Boolean pinned) {}

  /** Blocks to append, in base64. */
  record AppendJson(@Nullable List<byte[]> blocks) {}

  /** What was appended: block {@code from} up to the length. */
  record AppendedJson(String key, long fork, long from, long length, long byteLength) {
    static AppendedJson of(String key, AppendResult result) {
      return new AppendedJson(
          key, result.fork(), result.from(), result.length(), result.byteLength());
    }
  }

  /**
   * Blocks of a core.
   *
   * @param blocks in base64, as stored
   * @param next first block behind them, absent when the end is reached or a block is not here
   */
  record BlocksJson(
      String key,
      long fork,
      long length,
      long from,
      List<byte[]> blocks,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long next) {
    static BlocksJson of(String key, LogReader.BlockRange range, @Nullable Long next) {
      return new BlocksJson(
          key,
          range.fork(),
          range.length(),
          range.from(),
          range.blocks().stream().map(Bytes::unsafeArray).toList(),
          next);
    }
  }

  /** What verify found; at most 100 defects are listed. */
  record VerificationJson(
      String key,
      boolean sound,
      long fork,
      long length,
      long blocksChecked,
      long bytesChecked,
      long nodesChecked,
      long defectCount,
      List<DefectJson> defects) {
    static VerificationJson of(Verification result) {
      return new VerificationJson(
          KeyText.encode(result.key()),
          result.isSound(),
          result.fork(),
          result.length(),
          result.blocksChecked(),
          result.bytesChecked(),
          result.nodesChecked(),
          result.defectCount(),
          result.defects().stream().map(DefectJson::of).toList());
    }
  }

  /** One defect. */
  record DefectJson(String kind, long index, String detail) {
    static DefectJson of(Defect defect) {
      return new DefectJson(defect.kind().name(), defect.index(), defect.detail());
    }
  }

  /** How the service is; see {@link StoragePeerStatus}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record StatusJson(
      String deviceKey,
      @Nullable String address,
      long storedCores,
      long keptCores,
      long storedBytes,
      long maxBytes,
      long diskBytes,
      long connections,
      long laggingCores,
      long missingBlocks,
      long pausedCores,
      @Nullable String refusesWrites) {
    static StatusJson of(StoragePeerStatus status) {
      return new StatusJson(
          KeyText.encode(status.deviceKey()),
          status
              .address()
              .map(address -> address.getHostString() + ":" + address.getPort())
              .orElse(null),
          status.storedCores(),
          status.keptCores(),
          status.storedBytes(),
          status.maxBytes(),
          status.diskBytes(),
          status.connections(),
          status.laggingCores(),
          status.missingBlocks(),
          status.pausedCores(),
          status.refusesWrites().orElse(null));
    }
  }

  /** A connected peer. */
  record PeerJson(
      String key,
      String address,
      boolean dialled,
      Instant connectedAt,
      long bytesIn,
      long bytesOut) {
    static PeerJson of(PeerInfo peer) {
      return new PeerJson(
          KeyText.encode(peer.publicKey()),
          peer.address().getHostString() + ":" + peer.address().getPort(),
          peer.isInitiator(),
          peer.connectedAt(),
          peer.bytesIn(),
          peer.bytesOut());
    }
  }

  /** Where a backup is. */
  record BackupJson(String folder) {}

  /** Connected peers. */
  record PeersJson(List<PeerJson> peers) {}
}

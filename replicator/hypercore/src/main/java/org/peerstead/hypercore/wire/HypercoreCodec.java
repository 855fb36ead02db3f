package org.peerstead.hypercore.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.manifest.ManifestCodec;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.wire.HypercoreMessage.Bitfield;
import org.peerstead.hypercore.wire.HypercoreMessage.Cancel;
import org.peerstead.hypercore.wire.HypercoreMessage.Data;
import org.peerstead.hypercore.wire.HypercoreMessage.Extension;
import org.peerstead.hypercore.wire.HypercoreMessage.NoData;
import org.peerstead.hypercore.wire.HypercoreMessage.Range;
import org.peerstead.hypercore.wire.HypercoreMessage.Request;
import org.peerstead.hypercore.wire.HypercoreMessage.Sync;
import org.peerstead.hypercore.wire.HypercoreMessage.Unwant;
import org.peerstead.hypercore.wire.HypercoreMessage.Want;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Slice;

/**
 * The messages of {@code hypercore/alpha} as bytes. Stateless and thread-safe.
 *
 * <pre>
 * 0 sync       uint flags (1 can upgrade, 2 uploading, 4 downloading, 8 has manifest, 16 push),
 *              uint fork, uint length, uint remote length
 * 1 request    uint flags (1 block, 2 hash, 4 seek, 8 upgrade, 16 manifest, 32 priority), uint id,
 *              uint fork, [block: uint index, uint nodes], [hash: uint index, uint nodes],
 *              [seek: uint bytes, uint padding], [upgrade: uint start, uint length],
 *              [uint priority]
 * 2 cancel     uint request
 * 3 data       uint flags (1 block, 2 hash, 4 seek, 8 upgrade, 16 manifest), uint request,
 *              uint fork, [block: uint index, buffer value, array of nodes],
 *              [hash: uint index, array of nodes], [seek: uint bytes, array of nodes],
 *              [upgrade: uint start, uint length, array of nodes, array of nodes, buffer],
 *              [manifest]
 * 4 no data    uint request, [uint flags (1 reason), uint reason]
 * 5 want       uint start, uint length, [uint flags (1 any)]
 * 6 unwant     the same
 * 7 bitfield   uint start, array of uint32 words
 * 8 range      uint flags (1 drop, 2 length is 1), uint start, [uint length]
 * 9 extension  string name, the rest
 * </pre>
 *
 * <p>Bits that are not known are ignored, and so is what follows the last field; fields at the end
 * that later versions added may be missing. Block values are not copied.
 */
public final class HypercoreCodec {
  /** Most nodes in one list: a path has at most 53, an upgrade less than twice that. */
  public static final int MAX_NODES = 256;

  /** Longest signature: one of {@value Manifest#MAX_SIGNERS} signers with patches. */
  public static final int MAX_SIGNATURE_BYTES = 1 << 20;

  /** Most words of a bitfield: npm sends 65,536 for 2,097,152 blocks. */
  public static final int MAX_WORDS = 65_536;

  /** Longest name of an extension in bytes. */
  public static final int MAX_NAME_BYTES = 1_024;

  private static final int BLOCK = 1;
  private static final int HASH = 2;
  private static final int SEEK = 4;
  private static final int UPGRADE = 8;
  private static final int MANIFEST = 16;
  private static final int PRIORITY = 32;

  private static final int DROP = 1;
  private static final int SINGLE = 2;

  private static final int NODE_BYTES = 50;

  private HypercoreCodec() {}

  /** The payload of a message. */
  public static Slice encode(HypercoreMessage message) {
    return switch (message) {
      case Sync sync -> encodeSync(sync);
      case Request request -> encodeRequest(request);
      case Cancel(long requestId) -> new CompactWriter(9).uint(requestId).toSlice();
      case Data data -> encodeData(data);
      case NoData(long requestId, long reason) -> encodeNoData(requestId, reason);
      case Want(long start, long length, boolean isAny) -> encodeWant(start, length, isAny);
      case Unwant(long start, long length, boolean isAny) -> encodeWant(start, length, isAny);
      case Bitfield(long start, int[] words) ->
          new CompactWriter(18 + 4 * words.length).uint(start).uint32Array(words).toSlice();
      case Range range -> encodeRange(range);
      case Extension(String name, Slice payload) ->
          new CompactWriter(9 + 3 * name.length() + payload.length())
              .string(name)
              .raw(payload)
              .toSlice();
    };
  }

  /**
   * Reads a message.
   *
   * @return null when the type is not known, which is to be ignored
   */
  public static @Nullable HypercoreMessage decode(int type, Slice payload)
      throws MalformedMessageException {
    CompactReader reader = payload.reader();
    try {
      return switch (type) {
        case Sync.TYPE -> decodeSync(reader);
        case Request.TYPE -> decodeRequest(reader);
        case Cancel.TYPE -> new Cancel(reader.uint());
        case Data.TYPE -> decodeData(reader);
        case NoData.TYPE -> decodeNoData(reader);
        case Want.TYPE -> new Want(reader.uint(), reader.uint(), hasFlag(reader));
        case Unwant.TYPE -> new Unwant(reader.uint(), reader.uint(), hasFlag(reader));
        case Bitfield.TYPE -> new Bitfield(reader.uint(), reader.uint32Array(MAX_WORDS));
        case Range.TYPE -> decodeRange(reader);
        case Extension.TYPE -> new Extension(reader.string(MAX_NAME_BYTES), reader.raw());
        default -> null;
      };
    } catch (EncodingException e) {
      throw new MalformedMessageException(type, e.reason() + ": " + e.getMessage());
    } catch (HeadException e) {
      throw new MalformedMessageException(type, e.reason() + ": " + e.getMessage());
    }
  }

  private static Slice encodeSync(Sync sync) {
    return new CompactWriter(28)
        .uint(
            (sync.canUpgrade() ? 1 : 0)
                | (sync.isUploading() ? 2 : 0)
                | (sync.isDownloading() ? 4 : 0)
                | (sync.hasManifest() ? 8 : 0)
                | (sync.allowsPush() ? 16 : 0))
        .uint(sync.fork())
        .uint(sync.length())
        .uint(sync.remoteLength())
        .toSlice();
  }

  private static Sync decodeSync(CompactReader reader) throws EncodingException {
    long flags = reader.uint();
    return new Sync(
        reader.uint(),
        reader.uint(),
        reader.uint(),
        (flags & 1) != 0,
        (flags & 2) != 0,
        (flags & 4) != 0,
        (flags & 8) != 0,
        (flags & 16) != 0);
  }

  private static Slice encodeRequest(Request request) {
    ProofRequest proof = request.proof();
    ProofRequest.Block block = proof.block();
    ProofRequest.Hash hash = proof.hash();
    ProofRequest.Seek seek = proof.seek();
    ProofRequest.Upgrade upgrade = proof.upgrade();
    CompactWriter writer =
        new CompactWriter(64)
            .uint(
                (block == null ? 0 : BLOCK)
                    | (hash == null ? 0 : HASH)
                    | (seek == null ? 0 : SEEK)
                    | (upgrade == null ? 0 : UPGRADE)
                    | (request.wantsManifest() ? MANIFEST : 0)
                    | (request.priority() == 0 ? 0 : PRIORITY))
            .uint(request.id())
            .uint(proof.fork());
    if (block != null) {
      writer.uint(block.index()).uint(block.nodes());
    }
    if (hash != null) {
      writer.uint(hash.index()).uint(hash.nodes());
    }
    if (seek != null) {
      writer.uint(seek.bytes()).uint(seek.padding());
    }
    if (upgrade != null) {
      writer.uint(upgrade.start()).uint(upgrade.length());
    }
    if (request.priority() != 0) {
      writer.uint(request.priority());
    }
    return writer.toSlice();
  }

  private static Request decodeRequest(CompactReader reader) throws EncodingException {
    long flags = reader.uint();
    long id = reader.uint();
    long fork = reader.uint();
    ProofRequest proof =
        new ProofRequest(
            fork,
            (flags & BLOCK) == 0 ? null : new ProofRequest.Block(reader.uint(), reader.uint()),
            (flags & HASH) == 0 ? null : new ProofRequest.Hash(reader.uint(), reader.uint()),
            (flags & SEEK) == 0 ? null : new ProofRequest.Seek(reader.uint(), reader.uint()),
            (flags & UPGRADE) == 0 ? null : new ProofRequest.Upgrade(reader.uint(), reader.uint()));
    int priority = (flags & PRIORITY) == 0 ? 0 : (int) Math.min(reader.uint(), 255);
    return new Request(id, proof, (flags & MANIFEST) != 0, priority);
  }

  private static Slice encodeData(Data data) {
    Proof proof = data.proof();
    Proof.Block block = proof.block();
    Proof.Hash hash = proof.hash();
    Proof.Seek seek = proof.seek();
    Proof.Upgrade upgrade = proof.upgrade();
    Manifest manifest = data.manifest();
    Slice encodedManifest = manifest == null ? Slice.EMPTY : manifest.encode();
    CompactWriter writer =
        new CompactWriter(sizeOf(proof) + encodedManifest.length())
            .uint(
                (block == null ? 0 : BLOCK)
                    | (hash == null ? 0 : HASH)
                    | (seek == null ? 0 : SEEK)
                    | (upgrade == null ? 0 : UPGRADE)
                    | (manifest == null ? 0 : MANIFEST))
            .uint(data.requestId())
            .uint(proof.fork());
    if (block != null) {
      nodes(writer.uint(block.index()).buffer(block.value()), block.nodes());
    }
    if (hash != null) {
      nodes(writer.uint(hash.index()), hash.nodes());
    }
    if (seek != null) {
      nodes(writer.uint(seek.bytes()), seek.nodes());
    }
    if (upgrade != null) {
      nodes(writer.uint(upgrade.start()).uint(upgrade.length()), upgrade.nodes());
      nodes(writer, upgrade.additionalNodes()).buffer(upgrade.signature());
    }
    return writer.raw(encodedManifest).toSlice();
  }

  /** At least what will be written, so that a large block is copied once. */
  private static int sizeOf(Proof proof) {
    int size = 32;
    Proof.Block block = proof.block();
    if (block != null) {
      size += 16 + block.value().length() + NODE_BYTES * block.nodes().size();
    }
    Proof.Hash hash = proof.hash();
    if (hash != null) {
      size += 16 + NODE_BYTES * hash.nodes().size();
    }
    Proof.Seek seek = proof.seek();
    if (seek != null) {
      size += 16 + NODE_BYTES * seek.nodes().size();
    }
    Proof.Upgrade upgrade = proof.upgrade();
    if (upgrade != null) {
      size +=
          32
              + upgrade.signature().length()
              + NODE_BYTES * (upgrade.nodes().size() + upgrade.additionalNodes().size());
    }
    return size;
  }

  private static Data decodeData(CompactReader reader) throws EncodingException, HeadException {
    long flags = reader.uint();
    long id = reader.uint();
    long fork = reader.uint();
    Proof proof =
        new Proof(
            fork,
            (flags & BLOCK) == 0
                ? null
                : new Proof.Block(reader.uint(), reader.buffer(Integer.MAX_VALUE), nodes(reader)),
            (flags & HASH) == 0 ? null : new Proof.Hash(reader.uint(), nodes(reader)),
            (flags & SEEK) == 0 ? null : new Proof.Seek(reader.uint(), nodes(reader)),
            (flags & UPGRADE) == 0 ? null : decodeUpgrade(reader));
    return new Data(id, proof, (flags & MANIFEST) == 0 ? null : ManifestCodec.decode(reader));
  }

  private static Proof.Upgrade decodeUpgrade(CompactReader reader) throws EncodingException {
    return new Proof.Upgrade(
        reader.uint(),
        reader.uint(),
        nodes(reader),
        nodes(reader),
        // Held as long as the head is; must not hold the whole message.
        reader.buffer(MAX_SIGNATURE_BYTES).copy());
  }

  private static CompactWriter nodes(CompactWriter writer, List<TreeNode> nodes) {
    writer.uint(nodes.size());
    for (TreeNode node : nodes) {
      writer.uint(node.index()).uint(node.size()).fixed32(node.hash());
    }
    return writer;
  }

  private static List<TreeNode> nodes(CompactReader reader) throws EncodingException {
    return reader.array(MAX_NODES, HypercoreCodec::node);
  }

  private static TreeNode node(CompactReader reader) throws EncodingException {
    return new TreeNode(reader.uint(), reader.uint(), reader.fixed32());
  }

  private static Slice encodeNoData(long requestId, long reason) {
    CompactWriter writer = new CompactWriter(12).uint(requestId);
    if (reason != NoData.NO_REASON) {
      writer.uint(1).uint(reason);
    }
    return writer.toSlice();
  }

  private static NoData decodeNoData(CompactReader reader) throws EncodingException {
    long id = reader.uint();
    return new NoData(id, hasFlag(reader) ? reader.uint() : NoData.NO_REASON);
  }

  private static Slice encodeWant(long start, long length, boolean isAny) {
    CompactWriter writer = new CompactWriter(19).uint(start).uint(length);
    if (isAny) {
      writer.uint(1);
    }
    return writer.toSlice();
  }

  private static Slice encodeRange(Range range) {
    boolean isSingle = range.length() == 1;
    CompactWriter writer =
        new CompactWriter(19)
            .uint((range.isDrop() ? DROP : 0) | (isSingle ? SINGLE : 0))
            .uint(range.start());
    if (!isSingle) {
      writer.uint(range.length());
    }
    return writer.toSlice();
  }

  private static Range decodeRange(CompactReader reader) throws EncodingException {
    long flags = reader.uint();
    long start = reader.uint();
    return new Range((flags & DROP) != 0, start, (flags & SINGLE) != 0 ? 1 : reader.uint());
  }

  /** The lowest bit of flags that older peers leave out. */
  private static boolean hasFlag(CompactReader reader) throws EncodingException {
    return reader.hasRemaining() && (reader.uint() & 1) != 0;
  }
}

package org.peerstead.hypercore.manifest;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.HeadException.Reason;
import org.peerstead.hypercore.manifest.Manifest.Prologue;
import org.peerstead.hypercore.manifest.Manifest.Signer;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Manifests as bytes. Stateless and thread-safe.
 *
 * <pre>
 * version 1-3   uint version, uint flags, uint hash (0), uint quorum, array of signers,
 *               flag 2: fixed32 tree hash, uint length; flag 4: array of fixed32; flag 8: buffer
 * version 0     uint 0, uint hash (0), uint type: 0 fixed32 tree hash; 1 one signer;
 *               2 uint flags, uint quorum, array of signers
 * signer        uint 0 (Ed25519), fixed32 namespace, fixed32 public key
 * </pre>
 *
 * <p>Spec: npm {@code hypercore} 11.39.5, lib/messages.js.
 */
public final class ManifestCodec {
  private static final int ALLOW_PATCH = 1;
  private static final int PROLOGUE = 2;
  private static final int LINKED = 4;
  private static final int USER_DATA = 8;

  private static final int STATIC = 0;
  private static final int ONE_SIGNER = 1;
  private static final int MANY_SIGNERS = 2;

  private static final int MAX_LINKED = 1_024;
  private static final int MAX_USER_DATA_BYTES = 1 << 20;

  private ManifestCodec() {}

  /** The bytes of a manifest. */
  public static Slice encode(Manifest manifest) {
    CompactWriter writer = new CompactWriter(96 + 65 * manifest.signers().size());
    if (manifest.version() == 0) {
      encodeVersion0(manifest, writer);
      return writer.toSlice();
    }
    Prologue prologue = manifest.prologue();
    Slice userData = manifest.userData();
    writer
        .uint(manifest.version())
        .uint(
            (manifest.allowPatch() ? ALLOW_PATCH : 0)
                | (prologue == null ? 0 : PROLOGUE)
                | (manifest.linked().isEmpty() ? 0 : LINKED)
                | (userData == null ? 0 : USER_DATA))
        .uint(0)
        .uint(manifest.quorum())
        .array(manifest.signers(), ManifestCodec::writeSigner);
    if (prologue != null) {
      writer.fixed32(prologue.hash()).uint(prologue.length());
    }
    if (!manifest.linked().isEmpty()) {
      writer.array(manifest.linked(), (target, key) -> target.fixed32(key));
    }
    if (userData != null) {
      writer.buffer(userData);
    }
    return writer.toSlice();
  }

  private static void encodeVersion0(Manifest manifest, CompactWriter writer) {
    writer.uint(0).uint(0);
    Prologue prologue = manifest.prologue();
    if (prologue != null && manifest.signers().isEmpty()) {
      writer.uint(STATIC).fixed32(prologue.hash());
    } else if (manifest.quorum() == 1 && manifest.signers().size() == 1 && !manifest.allowPatch()) {
      writer.uint(ONE_SIGNER);
      writeSigner(writer, manifest.signers().getFirst());
    } else {
      writer
          .uint(MANY_SIGNERS)
          .uint(manifest.allowPatch() ? ALLOW_PATCH : 0)
          .uint(manifest.quorum())
          .array(manifest.signers(), ManifestCodec::writeSigner);
    }
  }

  private static void writeSigner(CompactWriter writer, Signer signer) {
    writer.uint(0).fixed32(signer.namespace()).fixed32(signer.publicKey());
  }

  /**
   * Reads a manifest; what follows it is left.
   *
   * @throws HeadException with reason MALFORMED_MANIFEST
   */
  public static Manifest decode(CompactReader reader) throws HeadException {
    try {
      int version = reader.uint(Integer.MAX_VALUE);
      if (version > Manifest.MAX_VERSION) {
        throw malformed("version " + version + " above " + Manifest.MAX_VERSION);
      }
      return version == 0 ? decodeVersion0(reader) : decode(version, reader);
    } catch (EncodingException e) {
      throw malformed(e.reason() + ": " + e.getMessage());
    }
  }

  private static Manifest decode(int version, CompactReader reader)
      throws EncodingException, HeadException {
    int flags = reader.uint(Integer.MAX_VALUE);
    requireBlake2b(reader);
    int quorum = reader.uint(Integer.MAX_VALUE);
    List<Signer> signers = reader.array(Manifest.MAX_SIGNERS, ManifestCodec::readSigner);
    Prologue prologue =
        (flags & PROLOGUE) == 0 ? null : new Prologue(reader.fixed32(), reader.uint());
    List<Fixed32> linked =
        (flags & LINKED) == 0 ? List.of() : reader.array(MAX_LINKED, CompactReader::fixed32);
    Slice userData = (flags & USER_DATA) == 0 ? null : reader.buffer(MAX_USER_DATA_BYTES).copy();
    return new Manifest(
        version, (flags & ALLOW_PATCH) != 0, quorum, signers, prologue, linked, userData);
  }

  private static Manifest decodeVersion0(CompactReader reader)
      throws EncodingException, HeadException {
    requireBlake2b(reader);
    int type = reader.uint(Integer.MAX_VALUE);
    return switch (type) {
      case STATIC -> version0(false, 0, List.of(), new Prologue(reader.fixed32(), 0));
      case ONE_SIGNER -> version0(false, 1, List.of(readSigner(reader)), null);
      case MANY_SIGNERS -> {
        int flags = reader.uint(Integer.MAX_VALUE);
        int quorum = reader.uint(Integer.MAX_VALUE);
        yield version0(
            (flags & ALLOW_PATCH) != 0,
            quorum,
            reader.array(Manifest.MAX_SIGNERS, ManifestCodec::readSigner),
            null);
      }
      default -> throw malformed("type " + type + " of version 0 is not known");
    };
  }

  private static Manifest version0(
      boolean allowPatch, int quorum, List<Signer> signers, @Nullable Prologue prologue) {
    return new Manifest(0, allowPatch, quorum, signers, prologue, List.of(), null);
  }

  private static void requireBlake2b(CompactReader reader) throws EncodingException, HeadException {
    long hash = reader.uint();
    if (hash != 0) {
      throw malformed("hash " + hash + " is not BLAKE2b");
    }
  }

  private static Signer readSigner(CompactReader reader) throws EncodingException {
    // Only one type of signature is known; the reader refuses any other as too large.
    reader.uint(0);
    return new Signer(reader.fixed32(), reader.fixed32());
  }

  private static HeadException malformed(String message) {
    return new HeadException(Reason.MALFORMED_MANIFEST, message);
  }
}

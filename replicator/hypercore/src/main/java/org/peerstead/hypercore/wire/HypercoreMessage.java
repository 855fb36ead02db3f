package org.peerstead.hypercore.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.securestream.encoding.Slice;

/** A message about one core. Block indexes and lengths count blocks. */
public sealed interface HypercoreMessage {
  /** Number of the message in its protocol. */
  int type();

  /**
   * Where the sender stands.
   *
   * @param fork of the sender
   * @param length of the sender
   * @param remoteLength of the receiver, as the sender last saw it; 0 when their forks differ
   * @param canUpgrade whether the sender can prove its length from the receiver's
   * @param isUploading whether it may be asked
   * @param isDownloading whether it is interested
   * @param hasManifest whether it can send the manifest
   * @param allowsPush whether it takes data that it has not asked for
   */
  record Sync(
      long fork,
      long length,
      long remoteLength,
      boolean canUpgrade,
      boolean isUploading,
      boolean isDownloading,
      boolean hasManifest,
      boolean allowsPush)
      implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 0;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * Asks for data.
   *
   * @param id chosen by the asker, 1 or more; 0 for a comparison of heads
   * @param proof what is asked
   * @param wantsManifest whether the manifest is to come along
   * @param priority 0 normal, 1 high, 2 very high
   */
  record Request(long id, ProofRequest proof, boolean wantsManifest, int priority)
      implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 1;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /** The answer to a request is not wanted any more. */
  record Cancel(long requestId) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 2;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * An answer, or a push when {@code requestId} is 0.
   *
   * @param proof with the sender's fork
   * @param manifest when it was asked for
   */
  record Data(long requestId, Proof proof, @Nullable Manifest manifest)
      implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 3;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * There will be no answer.
   *
   * @param reason {@link #NO_REASON}, {@link #NOT_AVAILABLE}, {@link #INVALID_REQUEST}, or a newer
   *     one
   */
  record NoData(long requestId, long reason) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 4;

    /** Older peers give none. */
    public static final long NO_REASON = 0;

    /** Another fork, or a block that is not stored. */
    public static final long NOT_AVAILABLE = 1;

    /** What no tree of that length has. */
    public static final long INVALID_REQUEST = 2;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * Asks which blocks of an area the receiver has, now and later.
   *
   * @param isAny whether one of them is enough
   */
  record Want(long start, long length, boolean isAny) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 5;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /** Takes a want back. */
  record Unwant(long start, long length, boolean isAny) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 6;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * Which blocks the sender has from {@code start} on.
   *
   * @param start index of bit 0
   * @param words 32 blocks each, the first in bit 0; not to be changed
   */
  record Bitfield(long start, int[] words) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 7;

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Bitfield(long otherStart, int[] otherWords)
          && start == otherStart
          && Arrays.equals(words, otherWords);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(start) * 31 + Arrays.hashCode(words);
    }

    @Override
    public String toString() {
      return "Bitfield[start=" + start + ", " + words.length + " words]";
    }
  }

  /**
   * The sender has, or with {@code isDrop} has no more, the blocks from {@code start} on.
   *
   * @param length 1 or more
   */
  record Range(boolean isDrop, long start, long length) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 8;

    @Override
    public int type() {
      return TYPE;
    }
  }

  /**
   * Something between applications.
   *
   * @param name which; empty for the same as the message before
   */
  record Extension(String name, Slice payload) implements HypercoreMessage {
    /** Number of this message. */
    public static final int TYPE = 9;

    @Override
    public int type() {
      return TYPE;
    }
  }
}

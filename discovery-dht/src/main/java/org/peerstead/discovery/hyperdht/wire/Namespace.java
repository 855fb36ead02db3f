package org.peerstead.discovery.hyperdht.wire;

import java.util.List;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;

/** Values that keep signatures and hashes of different commands apart. */
public final class Namespace {
  private static final List<Fixed32> ALL =
      Namespaces.of("hyperswarm/dht", HyperdhtCommand.PLUGIN + 1);

  /** Prologue of the Noise handshake. */
  public static final Fixed32 PEER_HANDSHAKE = ALL.get(HyperdhtCommand.PEER_HANDSHAKE);

  /** What the secret of hole punch payloads is derived from. */
  public static final Fixed32 PEER_HOLEPUNCH = ALL.get(HyperdhtCommand.PEER_HOLEPUNCH);

  /** Signatures of announcements. */
  public static final Fixed32 ANNOUNCE = ALL.get(HyperdhtCommand.ANNOUNCE);

  /** Signatures that take announcements back. */
  public static final Fixed32 UNANNOUNCE = ALL.get(HyperdhtCommand.UNANNOUNCE);

  /** Signatures of mutable values. */
  public static final Fixed32 MUTABLE_PUT = ALL.get(HyperdhtCommand.MUTABLE_PUT);

  /** Not used by the protocol so far. */
  public static final Fixed32 PLUGIN = ALL.get(HyperdhtCommand.PLUGIN);

  private Namespace() {}
}

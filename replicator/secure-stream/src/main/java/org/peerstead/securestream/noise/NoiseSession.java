package org.peerstead.securestream.noise;

import java.util.Arrays;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * What a complete handshake leaves behind. Immutable until {@link #wipe}; keys never show in {@link
 * #toString}, and equality is identity.
 */
public final class NoiseSession {
  private final Role role;
  private final byte[] transmitKey;
  private final byte[] receiveKey;
  private final Slice handshakeHash;
  private final Fixed32 remotePublicKey;

  /**
   * A session.
   *
   * @param role our side
   * @param transmitKey 32 bytes, copied: encrypts what we send
   * @param receiveKey 32 bytes, copied: decrypts what we receive
   * @param handshakeHash 64 bytes, not copied
   * @param remotePublicKey the other side's static key, proven
   */
  public NoiseSession(
      Role role,
      byte[] transmitKey,
      byte[] receiveKey,
      Slice handshakeHash,
      Fixed32 remotePublicKey) {
    if (transmitKey.length != 32 || receiveKey.length != 32 || handshakeHash.length() != 64) {
      throw new IllegalArgumentException("keys of 32 and a handshake hash of 64 bytes expected");
    }
    this.role = role;
    this.transmitKey = transmitKey.clone();
    this.receiveKey = receiveKey.clone();
    this.handshakeHash = handshakeHash;
    this.remotePublicKey = remotePublicKey;
  }

  /** Our side. */
  public Role role() {
    return role;
  }

  /** A copy of the key for what we send: 32 bytes. */
  public byte[] transmitKey() {
    return transmitKey.clone();
  }

  /** A copy of the key for what we receive: 32 bytes. */
  public byte[] receiveKey() {
    return receiveKey.clone();
  }

  /** 64 bytes that both sides share and no other connection has. Not secret. */
  public Slice handshakeHash() {
    return handshakeHash;
  }

  /** The other side's static public key. */
  public Fixed32 remotePublicKey() {
    return remotePublicKey;
  }

  /** Overwrites the keys; the session must not be used for a new stream any more. */
  public void wipe() {
    Arrays.fill(transmitKey, (byte) 0);
    Arrays.fill(receiveKey, (byte) 0);
  }

  @Override
  public String toString() {
    return "NoiseSession[" + role + ", remote " + remotePublicKey + "]";
  }
}

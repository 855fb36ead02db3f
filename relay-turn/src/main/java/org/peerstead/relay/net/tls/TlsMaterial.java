package org.peerstead.relay.net.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of a relay, from files that may change while it runs. Who owns it calls {@link
 * #reloadIfChanged} now and then; there is no thread here. Handshakes that begin after a change use
 * the new certificate, connections that stand go on. Thread-safe.
 */
public final class TlsMaterial {
  /** What a look at the files brought. */
  public enum Reload {
    /** As before, or as bad as at the last look. */
    UNCHANGED,
    /** There is a new certificate. */
    RELOADED,
    /** What is in the files now cannot be used; the certificate from before stays. */
    FAILED
  }

  private final @Nullable Path chainFile;
  private final @Nullable Path keyFile;
  private byte[] seen;
  private volatile TlsIdentity current;
  private volatile @Nullable String lastError;

  private TlsMaterial(
      @Nullable Path chainFile, @Nullable Path keyFile, byte[] seen, TlsIdentity current) {
    this.chainFile = chainFile;
    this.keyFile = keyFile;
    this.seen = seen;
    this.current = current;
  }

  /**
   * Reads PEM files.
   *
   * @param chainFile the server's certificate, then those that lead to a root
   * @param keyFile the key, not encrypted: PKCS #8, PKCS #1 or SEC 1; may be the same file
   * @throws TlsMaterialException when they cannot be used
   */
  public static TlsMaterial load(Path chainFile, Path keyFile) throws TlsMaterialException {
    byte[] chain = PemFiles.read(chainFile);
    byte[] key = PemFiles.read(keyFile);
    return new TlsMaterial(
        chainFile, keyFile, digest(chain, key), identity(chainFile, chain, keyFile, key));
  }

  /**
   * A certificate that never changes.
   *
   * @throws TlsMaterialException when chain and key do not belong together
   */
  public static TlsMaterial of(List<X509Certificate> chain, PrivateKey key)
      throws TlsMaterialException {
    return new TlsMaterial(null, null, new byte[0], TlsIdentity.of(chain, key));
  }

  private static TlsIdentity identity(Path chainFile, byte[] chain, Path keyFile, byte[] key)
      throws TlsMaterialException {
    return TlsIdentity.of(PemFiles.certificates(chainFile, chain), PemFiles.key(keyFile, key));
  }

  /**
   * Looks at the files and takes over what is new there. By contents, since times of files change
   * without need and stay when a directory is exchanged. Between the exchange of one file and the
   * other they do not fit; that is a failure of which the next look knows no more.
   */
  public synchronized Reload reloadIfChanged() {
    Path chainPath = chainFile;
    Path keyPath = keyFile;
    if (chainPath == null || keyPath == null) {
      return Reload.UNCHANGED;
    }
    byte[] digest = new byte[0];
    try {
      byte[] chain = PemFiles.read(chainPath);
      byte[] key = PemFiles.read(keyPath);
      digest = digest(chain, key);
      if (MessageDigest.isEqual(digest, seen)) {
        return Reload.UNCHANGED;
      }
      current = identity(chainPath, chain, keyPath, key);
      seen = digest;
      lastError = null;
      return Reload.RELOADED;
    } catch (TlsMaterialException e) {
      seen = digest;
      String error = String.valueOf(e.getMessage());
      boolean isNew = !error.equals(lastError);
      lastError = error;
      return isNew ? Reload.FAILED : Reload.UNCHANGED;
    }
  }

  private static byte[] digest(byte[] chain, byte[] key) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(MessageDigest.getInstance("SHA-256").digest(chain));
      return digest.digest(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Why the files could not be used at the last look; null when they could. */
  public @Nullable String lastError() {
    return lastError;
  }

  /** What handshakes use from now on. */
  public TlsIdentity current() {
    return current;
  }

  /** For TLS of the JDK; ask at each handshake. */
  public SSLContext sslContext() {
    return current.context();
  }

  /** When the first certificate of the chain runs out. */
  public Instant notAfter() {
    return current.notAfter();
  }
}

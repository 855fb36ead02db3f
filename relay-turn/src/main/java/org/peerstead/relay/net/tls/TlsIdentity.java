package org.peerstead.relay.net.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate chain with its key, as it is at one time.
 *
 * @param chain the server's own certificate first
 * @param key an RSA or elliptic curve key that belongs to the first certificate
 * @param context for TLS of the JDK
 */
public record TlsIdentity(List<X509Certificate> chain, PrivateKey key, SSLContext context) {
  /** A clear-text password would protect nothing in a store that never leaves this process. */
  private static final char[] NO_PASSWORD = new char[0];

  public TlsIdentity {
    chain = List.copyOf(chain);
  }

  /**
   * Puts a chain and a key together.
   *
   * @throws TlsMaterialException when they do not belong together, or are of a kind that is not
   *     used
   */
  static TlsIdentity of(List<X509Certificate> chain, PrivateKey key) throws TlsMaterialException {
    if (chain.isEmpty()) {
      throw new TlsMaterialException("there is no certificate");
    }
    checkPair(chain.getFirst().getPublicKey(), key);
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("relay", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, NO_PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return new TlsIdentity(chain, key, context);
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsMaterialException("the certificate cannot be used", e);
    }
  }

  private static void checkPair(PublicKey certified, PrivateKey key) throws TlsMaterialException {
    if (!certified.getAlgorithm().equals(key.getAlgorithm())) {
      throw new TlsMaterialException(
          "the certificate is for a key of kind "
              + certified.getAlgorithm()
              + ", but the key is of kind "
              + key.getAlgorithm());
    }
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default ->
              throw new TlsMaterialException(
                  "keys of kind " + key.getAlgorithm() + " are not used: RSA or EC");
        };
    byte[] probe = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(probe);
      if (!signature.verify(signed)) {
        throw new TlsMaterialException("the key does not belong to the first certificate");
      }
    } catch (GeneralSecurityException e) {
      throw new TlsMaterialException("the key cannot be used with the first certificate", e);
    }
  }

  /** When the first of the chain runs out. */
  public Instant notAfter() {
    Instant earliest = Instant.MAX;
    for (X509Certificate certificate : chain) {
      Instant end = certificate.getNotAfter().toInstant();
      earliest = end.isBefore(earliest) ? end : earliest;
    }
    return earliest;
  }

  /** Tells no key. */
  @Override
  public String toString() {
    return "TlsIdentity[" + chain.getFirst().getSubjectX500Principal().getName() + "]";
  }
}

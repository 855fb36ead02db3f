package org.peerstead.relay.net.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Reads certificates and keys as tools write them. */
final class PemFiles {
  /** A chain of ten large certificates has a tenth of this. */
  private static final int MAX_BYTES = 256 * 1024;

  private PemFiles() {}

  /** The contents of a file. */
  static byte[] read(Path file) throws TlsMaterialException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new TlsMaterialException(file + " is longer than " + MAX_BYTES + " bytes");
      }
      return bytes;
    } catch (TlsMaterialException e) {
      throw e;
    } catch (IOException e) {
      throw new TlsMaterialException("cannot read " + file, e);
    }
  }

  /** All certificates, in their order. */
  static List<X509Certificate> certificates(Path file, byte[] bytes) throws TlsMaterialException {
    List<X509Certificate> chain = new ArrayList<>();
    try (PEMParser parser = parser(bytes)) {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
        if (part instanceof X509CertificateHolder holder) {
          chain.add(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(holder.getEncoded())));
        }
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new TlsMaterialException("cannot read a certificate in " + file, e);
    }
    if (chain.isEmpty()) {
      throw new TlsMaterialException("there is no certificate in " + file);
    }
    return chain;
  }

  /**
   * The first private key: PKCS #8 ({@code PRIVATE KEY}), PKCS #1 ({@code RSA PRIVATE KEY}) or SEC
   * 1 ({@code EC PRIVATE KEY}), not encrypted.
   */
  static PrivateKey key(Path file, byte[] bytes) throws TlsMaterialException {
    try (PEMParser parser = parser(bytes)) {
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
        switch (part) {
          case PEMKeyPair pair -> {
            return key(pair.getPrivateKeyInfo());
          }
          case PrivateKeyInfo info -> {
            return key(info);
          }
          case PEMEncryptedKeyPair _, PKCS8EncryptedPrivateKeyInfo _ ->
              throw new TlsMaterialException(
                  "the key in "
                      + file
                      + " is encrypted: give it without a password and let only the relay read it");
          default -> {
            // Certificates and parameters may stand before the key.
          }
        }
      }
    } catch (TlsMaterialException e) {
      throw e;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new TlsMaterialException("cannot read the key in " + file, e);
    }
    throw new TlsMaterialException("there is no private key in " + file);
  }

  private static PrivateKey key(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
    ASN1ObjectIdentifier kind = info.getPrivateKeyAlgorithm().getAlgorithm();
    String algorithm;
    if (kind.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      algorithm = "RSA";
    } else if (kind.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      algorithm = "EC";
    } else {
      throw new TlsMaterialException("keys of kind " + kind + " are not used: RSA or EC");
    }
    return KeyFactory.getInstance(algorithm)
        .generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
  }

  private static PEMParser parser(byte[] bytes) {
    return new PEMParser(new StringReader(new String(bytes, StandardCharsets.ISO_8859_1)));
  }
}

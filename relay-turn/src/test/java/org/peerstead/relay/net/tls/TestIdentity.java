package org.peerstead.relay.net.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** A certificate that signed itself, with its key, and both as tools write them to files. */
public record TestIdentity(X509Certificate certificate, KeyPair keys) {
  public static TestIdentity elliptic(String name) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return of(name, generator.generateKeyPair(), "SHA256withECDSA");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static TestIdentity rsa(String name) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2_048);
      return of(name, generator.generateKeyPair(), "SHA256withRSA");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TestIdentity of(String name, KeyPair keys, String signature) {
    try {
      X500Name subject = new X500Name("CN=" + name);
      Instant now = Instant.now();
      return new TestIdentity(
          new JcaX509CertificateConverter()
              .getCertificate(
                  new JcaX509v3CertificateBuilder(
                          subject,
                          BigInteger.ONE,
                          Date.from(now.minus(Duration.ofDays(1))),
                          Date.from(now.plus(Duration.ofDays(1))),
                          subject,
                          keys.getPublic())
                      .build(new JcaContentSignerBuilder(signature).build(keys.getPrivate()))),
          keys);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  public TlsMaterial material() {
    try {
      return TlsMaterial.of(List.of(certificate), keys.getPrivate());
    } catch (TlsMaterialException e) {
      throw new IllegalStateException(e);
    }
  }

  public String chainPem() {
    return pem(certificate);
  }

  /** {@code PRIVATE KEY}. */
  public String pkcs8Pem() {
    return pem(new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
  }

  /** {@code RSA PRIVATE KEY} or {@code EC PRIVATE KEY}. */
  public String traditionalPem() {
    try {
      PrivateKeyInfo info = PrivateKeyInfo.getInstance(keys.getPrivate().getEncoded());
      ASN1Encodable inner = info.parsePrivateKey();
      if (keys.getPrivate().getAlgorithm().equals("RSA")) {
        return pem(new PemObject("RSA PRIVATE KEY", inner.toASN1Primitive().getEncoded()));
      }
      // The curve stands beside the key in PKCS #8, and in it otherwise.
      ECPrivateKey key =
          new ECPrivateKey(
              256,
              ECPrivateKey.getInstance(inner).getKey(),
              info.getPrivateKeyAlgorithm().getParameters());
      return pem(new PemObject("EC PRIVATE KEY", key.getEncoded()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(Object part) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(part);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }
}

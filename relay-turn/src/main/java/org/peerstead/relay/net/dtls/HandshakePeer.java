package org.peerstead.relay.net.dtls;

import java.io.IOException;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.DefaultTlsServer;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.peerstead.relay.net.tls.TlsIdentity;

/**
 * What the server says in one handshake: DTLS 1.2 only, forward secrecy, authenticated encryption,
 * no resumption, no client certificates. A client that names protocols must name one of ours (RFC
 * 7443).
 */
final class HandshakePeer extends DefaultTlsServer {
  private static final int[] EC_SUITES = {
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
  };
  private static final int[] RSA_SUITES = {
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  };
  private static final List<Integer> GROUPS =
      List.of(NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1);
  private static final List<String> PROTOCOLS = List.of("stun.turn", "stun.nat-discovery");

  private final DtlsCrypto primitives;
  private final TlsIdentity identity;
  private final int handshakeMillis;

  HandshakePeer(DtlsCrypto crypto, TlsIdentity identity, int handshakeMillis) {
    super(crypto);
    primitives = crypto;
    this.identity = identity;
    this.handshakeMillis = handshakeMillis;
  }

  @Override
  protected ProtocolVersion[] getSupportedVersions() {
    return ProtocolVersion.DTLSv12.only();
  }

  @Override
  protected int[] getSupportedCipherSuites() {
    return (identity.key().getAlgorithm().equals("EC") ? EC_SUITES : RSA_SUITES).clone();
  }

  @Override
  public int[] getSupportedGroups() {
    return GROUPS.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The first group of the client's that is one of ours. */
  @Override
  protected int selectECDH(int minimumCurveBits) {
    int[] offered = context.getSecurityParametersHandshake().getClientSupportedGroups();
    if (offered == null) {
      return NamedGroup.secp256r1;
    }
    for (int group : offered) {
      if (GROUPS.contains(group) && NamedGroup.getCurveBits(group) >= minimumCurveBits) {
        return group;
      }
    }
    return -1;
  }

  @Override
  protected int getMaximumNegotiableCurveBits() {
    int[] offered = context.getSecurityParametersHandshake().getClientSupportedGroups();
    if (offered == null) {
      return getMaximumDefaultCurveBits();
    }
    int most = 0;
    for (int group : offered) {
      if (GROUPS.contains(group)) {
        most = Math.max(most, NamedGroup.getCurveBits(group));
      }
    }
    return most;
  }

  @Override
  protected Vector<ProtocolName> getProtocolNames() {
    Vector<ProtocolName> names = new Vector<>();
    for (String name : PROTOCOLS) {
      names.add(ProtocolName.asUtf8Encoding(name));
    }
    return names;
  }

  @Override
  protected boolean preferLocalCipherSuites() {
    return true;
  }

  /** Encrypt-then-MAC is for ciphers that are not offered here. */
  @Override
  protected boolean allowEncryptThenMAC() {
    return false;
  }

  @Override
  public int getHandshakeTimeoutMillis() {
    return handshakeMillis;
  }

  @Override
  public int getMaxHandshakeMessageSize() {
    return HandshakeRecords.MAX_MESSAGE_BYTES;
  }

  @Override
  protected TlsCredentialedSigner getECDSASignerCredentials() throws IOException {
    return signer(SignatureAlgorithm.ecdsa);
  }

  @Override
  protected TlsCredentialedSigner getRSASignerCredentials() throws IOException {
    return signer(SignatureAlgorithm.rsa);
  }

  private TlsCredentialedSigner signer(short algorithm) throws IOException {
    SignatureAndHashAlgorithm chosen =
        TlsUtils.chooseSignatureAndHashAlgorithm(
            context, context.getSecurityParametersHandshake().getClientSigAlgs(), algorithm);
    return new IdentitySigner(certificate(), identity.key(), chosen);
  }

  private Certificate certificate() throws IOException {
    TlsCertificate[] chain = new TlsCertificate[identity.chain().size()];
    try {
      for (int i = 0; i < chain.length; i++) {
        chain[i] = primitives.createCertificate(identity.chain().get(i).getEncoded());
      }
    } catch (java.security.cert.CertificateEncodingException e) {
      throw new TlsFatalAlert(AlertDescription.internal_error, e);
    }
    return new Certificate(chain);
  }
}

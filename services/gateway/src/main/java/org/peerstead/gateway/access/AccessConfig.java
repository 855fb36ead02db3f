package org.peerstead.gateway.access;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;

/** Configuration {@code peerstead.access} and {@code peerstead.access.*}. */
@ConfigMapping(prefix = "peerstead.access")
public interface AccessConfig {
  /** Who may talk to this node. */
  enum Mode {
    /** Everybody who reaches the port. */
    OPEN,
    /** Holders of a token. */
    TOKEN
  }

  /** {@code open} or {@code token}. */
  @WithParentName
  @WithDefault("open")
  Mode mode();

  /** Allows {@code open} on an address that is not loopback. */
  @WithDefault("false")
  boolean forceOpen();

  /** Whether {@code /q/metrics} needs no token. */
  @WithDefault("false")
  boolean openMetrics();
}

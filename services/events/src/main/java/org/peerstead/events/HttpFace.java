package org.peerstead.events;

import java.util.List;

/**
 * What a service answers to over HTTP, told to whoever guards the port. A process without the
 * gateway serves these paths too, under the same access rules.
 *
 * @param paths path prefixes without a slash at their end; empty when the service does not run here
 */
public record HttpFace(List<String> paths) {
  /**
   * Under this name the guard leaves, in the attributes of a request it let in, on whose behalf the
   * request is: a string, never a token.
   */
  public static final String PRINCIPAL = "peerstead.principal";

  public HttpFace {
    paths = List.copyOf(paths);
  }

  /** Whether the service answers to a path. */
  public boolean serves(String path) {
    return paths.stream().anyMatch(own -> path.equals(own) || path.startsWith(own + "/"));
  }
}

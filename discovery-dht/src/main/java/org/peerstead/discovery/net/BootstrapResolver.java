package org.peerstead.discovery.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks names up, each on a thread of its own, because the system may take its time. A name that
 * cannot be looked up keeps the addresses that it had before. Thread-safe.
 */
public final class BootstrapResolver {
  private static final System.Logger LOG = System.getLogger(BootstrapResolver.class.getName());

  /** Addresses taken of one name. */
  private static final int MAX_ADDRESSES = 8;

  /** Asks the system. */
  @FunctionalInterface
  public interface HostLookup {
    /** The addresses of a name. */
    InetAddress[] lookup(String name) throws UnknownHostException;
  }

  private final List<String> names;
  private final HostLookup lookup;
  private final long timeoutMillis;
  private final Map<String, List<Integer>> known = new LinkedHashMap<>();

  /**
   * A resolver of {@code names}.
   *
   * @param timeoutMillis how long one round waits for the slowest name
   */
  public BootstrapResolver(List<String> names, HostLookup lookup, long timeoutMillis) {
    this.names = List.copyOf(names);
    this.lookup = lookup;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * Looks all names up.
   *
   * @param found told once, on any thread, when all names are looked up or the time is over
   */
  public void resolve(Consumer<Map<String, List<Integer>>> found) {
    CompletableFuture<?>[] all =
        names.stream()
            .map(name ->
                CompletableFuture.runAsync(
                    () -> resolve(name), task -> Thread.ofVirtual().start(task)))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture<Void> ignored =
        CompletableFuture.allOf(all)
            .completeOnTimeout(null, timeoutMillis, TimeUnit.MILLISECONDS)
            .whenComplete((done, failure) -> found.accept(known()));
  }

  /** Whether every name could be looked up at least once. */
  public synchronized boolean isComplete() {
    return known.size() == names.size();
  }

  private synchronized Map<String, List<Integer>> known() {
    return Map.copyOf(known);
  }

  private void resolve(String name) {
    List<Integer> hosts = new ArrayList<>();
    try {
      for (InetAddress each : lookup.lookup(name)) {
        if (each instanceof Inet4Address && hosts.size() < MAX_ADDRESSES) {
          hosts.add(ByteBuffer.wrap(each.getAddress()).getInt());
        }
      }
    } catch (UnknownHostException e) {
      LOG.log(System.Logger.Level.DEBUG, "the name {0} of a seed is not known", name);
      return;
    }
    if (!hosts.isEmpty()) {
      synchronized (this) {
        known.put(name, List.copyOf(hosts));
      }
    }
  }
}

package org.peerstead.discovery.rpc.core;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * An iterative query: asks nodes nearer and nearer to {@code target}.
 *
 * @param seeds nodes asked first; empty for those of the routing table
 * @param retries retries of each request
 * @param commit makes, for each of the (at most 20) nearest nodes that answered, the request that
 *     stores something there; null for a query that only reads
 */
public record QuerySpec(
    Fixed32 target,
    boolean internal,
    long command,
    @Nullable Slice value,
    List<NodeAddress> seeds,
    int retries,
    @Nullable Function<Reply, @Nullable OutgoingRequest> commit) {

  /** Copies the seeds. */
  public QuerySpec {
    seeds = List.copyOf(seeds);
  }

  /** A query that reads. */
  public static QuerySpec read(Fixed32 target, long command, @Nullable Slice value) {
    return new QuerySpec(
        target, false, command, value, List.of(), OutgoingRequest.QUERY_RETRIES, null);
  }

  /** A query that stores something at the nearest nodes. */
  public static QuerySpec write(
      Fixed32 target,
      long command,
      @Nullable Slice value,
      Function<Reply, @Nullable OutgoingRequest> commit) {
    return new QuerySpec(
        target, false, command, value, List.of(), OutgoingRequest.QUERY_RETRIES, commit);
  }

  /** The same, beginning with other nodes. */
  public QuerySpec from(List<NodeAddress> newSeeds) {
    return new QuerySpec(target, internal, command, value, newSeeds, retries, commit);
  }
}

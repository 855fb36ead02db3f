package org.peerstead.discovery.rpc.core;

import java.util.List;

/**
 * How a query ended.
 *
 * @param closest the nearest nodes that answered with a valid id, nearest first, at most 20
 * @param succeeded nodes that answered
 * @param failed nodes that did not
 * @param hops longest chain of recommendations that was followed, 1 for the first nodes asked
 * @param committed nodes that confirmed what was to be stored there
 * @param cancelled whether it was ended early by its owner
 */
public record QueryResult(
    List<Reply> closest, int succeeded, int failed, int hops, int committed, boolean cancelled) {}

package org.peerstead.discovery.hyperdht.core;

import org.peerstead.discovery.rpc.core.QueryResult;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * How storing a value ended.
 *
 * @param target where it is found: the hash of the value, or of the public key
 * @param query how the nearest nodes were found
 * @param stored nodes that confirmed it; it can be found if there is one
 * @param seqReused nodes that have another value with this sequence number
 * @param seqTooLow nodes that have a value with a greater sequence number
 * @param refused nodes that answered with another error
 * @param failed nodes that did not answer
 */
public record PutResult(
    Fixed32 target,
    QueryResult query,
    int stored,
    int seqReused,
    int seqTooLow,
    int refused,
    int failed) {}

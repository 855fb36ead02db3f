package org.peerstead.discovery;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.hyperdht.records.RecordCounts;
import org.peerstead.discovery.net.SocketCounts;
import org.peerstead.discovery.net.SocketKind;
import org.peerstead.discovery.rpc.core.AddressView;
import org.peerstead.discovery.rpc.core.Connectivity;
import org.peerstead.discovery.rpc.wire.NodeAddress;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * What a node is and has at one moment.
 *
 * @param isReady whether it has looked around since its start
 * @param isSuspended whether it is paused
 * @param id under which others know it; null while it serves nobody
 * @param address what it knows of its own address
 * @param reachableAddress where strangers reach it; null when they do not, or it is unknown
 * @param serverPort port of this machine that it serves on
 * @param clientPort port of this machine from which it asks while it may be firewalled
 * @param connectivity whether other nodes answer it
 * @param bootstrap addresses of the seeds, as far as their names are resolved
 * @param tableSize nodes in its routing table
 * @param tableSizes number of nodes by the length of the prefix of their id that is ours, in bits;
 *     without those that are 0
 * @param records what others stored here
 * @param inFlight requests that are not answered yet
 * @param runningQueries searches that run
 * @param runningCalls calls of this API that run
 * @param socketKind how datagrams pass between this process and the system
 * @param sockets what passed the sockets
 * @param faults times that handling something failed by a fault of ours; each was logged
 * @param storageFailures times that the store failed; what was not stored was not confirmed
 * @param uptime since the start
 */
public record DhtStatus(
    boolean isReady,
    boolean isSuspended,
    @Nullable Fixed32 id,
    AddressView address,
    @Nullable NodeAddress reachableAddress,
    int serverPort,
    int clientPort,
    Connectivity connectivity,
    List<NodeAddress> bootstrap,
    int tableSize,
    SortedMap<Integer, Integer> tableSizes,
    RecordCounts records,
    int inFlight,
    int runningQueries,
    int runningCalls,
    SocketKind socketKind,
    SocketCounts sockets,
    long faults,
    long storageFailures,
    Duration uptime) {}

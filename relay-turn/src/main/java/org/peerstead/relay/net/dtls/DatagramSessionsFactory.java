package org.peerstead.relay.net.dtls;

import java.util.List;
import java.util.concurrent.Executor;
import org.peerstead.relay.stun.TransportAddress;
import org.peerstead.relay.turn.RelayEngine;

/** Makes the DTLS sessions of a loop. Called once per loop, on its thread. */
@FunctionalInterface
public interface DatagramSessionsFactory {
  /**
   * @param engine gets what clients send
   * @param listeners local addresses; an index into it names a listener
   * @param loop runs tasks on the loop's thread, from any thread
   */
  DatagramSessions create(
      RelayEngine engine, List<TransportAddress> listeners, RawDatagrams output, Executor loop);
}

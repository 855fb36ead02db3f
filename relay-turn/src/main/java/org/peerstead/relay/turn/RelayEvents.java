package org.peerstead.relay.turn;

/** Hears about allocations. Called on the threads of the loops; must not block. */
public interface RelayEvents {
  void opened(SessionView session);

  void closed(SessionView session, EndReason reason);

  /** Hears nothing. */
  RelayEvents NONE =
      new RelayEvents() {
        @Override
        public void opened(SessionView session) {}

        @Override
        public void closed(SessionView session, EndReason reason) {}
      };
}

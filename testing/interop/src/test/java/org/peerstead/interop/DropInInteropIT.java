package org.peerstead.interop;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Peerstead is a drop-in replacement: the very same client programs run against it and against the
 * npm sync servers, and see the same.
 */
class DropInInteropIT {
  enum Server {
    PEERSTEAD,
    NPM_CURRENT,
    NPM_PUBLISHED
  }

  private @TempDir Path folder;
  private SyncServer server;
  private RepoClients clients;

  private void start(Server kind) {
    server =
        switch (kind) {
          case PEERSTEAD -> PeersteadNode.start(folder);
          case NPM_CURRENT -> ReferenceServer.start(ReferenceServer.Kind.CURRENT, folder);
          case NPM_PUBLISHED -> ReferenceServer.start(ReferenceServer.Kind.PUBLISHED, folder);
        };
    clients = RepoClients.start();
  }

  @AfterEach
  void stop() {
    if (clients != null) {
      clients.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void devicesThatAreNeverOnlineTogether_shouldConverge(Server kind) {
    start(kind);
    Scenarios.neverOnlineTogether(server, clients, folder, 20);
  }

  @ParameterizedTest
  @EnumSource
  void reconnectingClient_shouldExchangeWhatWasEditedMeanwhile(Server kind) {
    start(kind);
    Scenarios.clientReconnects(server, clients);
  }

  @ParameterizedTest
  @EnumSource
  void restartedServer_shouldHaveEverything(Server kind) {
    start(kind);
    Scenarios.serverRestarts(server, clients);
  }

  @ParameterizedTest
  @EnumSource
  void presence_shouldReachTheOthersOnce(Server kind) {
    start(kind);
    Scenarios.presenceArrives(server, clients);
  }

  @ParameterizedTest
  @EnumSource
  void unknownDocument_shouldBeUnavailable(Server kind) {
    start(kind);
    Scenarios.unknownDocumentIsUnavailable(server, clients);
  }
}

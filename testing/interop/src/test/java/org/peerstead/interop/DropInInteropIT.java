package org.peerstead.interop;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Peerstead is a drop-in replacement: the very same client programs run against it and against the
 * npm sync servers, and see the same.
 */
@ParameterizedClass
@EnumSource
class DropInInteropIT {
  enum Server {
    PEERSTEAD,
    NPM_CURRENT,
    NPM_PUBLISHED
  }

  private final Server kind;
  private @TempDir Path folder;
  private SyncServer server;
  private RepoClients clients;

  DropInInteropIT(Server kind) {
    this.kind = kind;
  }

  @BeforeEach
  void start() {
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

  @Test
  void devicesThatAreNeverOnlineTogether_shouldConverge() {
    Scenarios.neverOnlineTogether(server, clients, folder, 20);
  }

  @Test
  void reconnectingClient_shouldExchangeWhatWasEditedMeanwhile() {
    Scenarios.clientReconnects(server, clients);
  }

  @Test
  void restartedServer_shouldHaveEverything() {
    Scenarios.serverRestarts(server, clients);
  }

  @Test
  void presence_shouldReachTheOthersOnce() {
    Scenarios.presenceArrives(server, clients);
  }

  @Test
  void unknownDocument_shouldBeUnavailable() {
    Scenarios.unknownDocumentIsUnavailable(server, clients);
  }
}

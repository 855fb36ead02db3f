package org.peerstead.storagepeer;

import io.smallrye.common.annotation.Blocking;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;
import org.peerstead.events.AppendCommand;
import org.peerstead.events.EventCodec;
import org.peerstead.events.FollowCommand;
import org.peerstead.events.MalformedEventException;
import org.peerstead.hypercore.CoreException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Commands from the bus. What cannot be read or done is logged and acknowledged: another delivery
 * would not make it better. The answers are events: core-appended and follow-status.
 */
@ApplicationScoped
public class StoragePeerBus {
  private static final Logger LOG = Logger.getLogger(StoragePeerBus.class);

  private final StoragePeerService service;

  /** Feeds {@code service}; drops everything when it does not run. */
  @Inject
  public StoragePeerBus(StoragePeerService service) {
    this.service = service;
  }

  /** Follow or unfollow. */
  @Incoming("follow-command-peer")
  @Blocking
  public void onFollow(byte[] bytes) {
    if (service.peer().isEmpty()) {
      return;
    }
    StoragePeer peer = service.peer().get();
    try {
      FollowCommand command = EventCodec.decode(bytes, FollowCommand.class);
      Fixed32 key = Fixed32.of(command.core().toArray());
      switch (command.action()) {
        case FOLLOW ->
            peer.follow(
                FollowRequest.of(key, command.owner())
                    .withTerms(command.priority(), command.maxBytes()));
        case UNFOLLOW ->
            peer.unfollow(
                key, command.owner().equals(FollowCommand.ADMIN) ? null : command.owner());
      }
    } catch (MalformedEventException e) {
      LOG.warnf("An event from the bus is unreadable and was skipped: %s", e.getMessage());
    } catch (RefusedException | CoreException | EngineBusyException e) {
      LOG.warnf("A command from the bus was not done: %s", e.getMessage());
    }
  }

  /** Append. */
  @Incoming("append-command-peer")
  @Blocking
  public void onAppend(byte[] bytes) {
    if (service.peer().isEmpty()) {
      return;
    }
    StoragePeer peer = service.peer().get();
    try {
      AppendCommand command = EventCodec.decode(bytes, AppendCommand.class);
      List<Slice> blocks =
          command.blocks().stream().map(block -> Slice.of(block.unsafeArray())).toList();
      peer.append(Fixed32.of(command.core().toArray()), blocks);
    } catch (MalformedEventException e) {
      LOG.warnf("An event from the bus is unreadable and was skipped: %s", e.getMessage());
    } catch (RefusedException | CoreException | EngineBusyException e) {
      LOG.warnf("A command from the bus was not done: %s", e.getMessage());
    }
  }
}

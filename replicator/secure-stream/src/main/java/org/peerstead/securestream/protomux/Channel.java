package org.peerstead.securestream.protomux;

import java.util.ArrayList;
import java.util.List;

/**
 * Our end of one channel: something for the driver to hold, without behaviour of its own. Compared
 * by identity, because a name may be opened again after it was closed. Not thread-safe, like its
 * {@link Protomux}.
 */
public final class Channel {
  /** Where a channel stands. */
  public enum State {
    /** We opened it, the other side has not answered. Data may be sent, it waits there. */
    OPENING,
    /** Both sides opened it. */
    OPEN,
    /** Closed by one side, or rejected. */
    CLOSED
  }

  private final ChannelName name;
  private final List<String> aliases;
  private State state = State.OPENING;
  private int localId;
  private int remoteId;

  Channel(ChannelName name, List<String> aliases, int localId) {
    this.name = name;
    this.aliases = aliases;
    this.localId = localId;
  }

  /** Protocol and id as we opened it. */
  public ChannelName name() {
    return name;
  }

  /** Where it stands. */
  public State state() {
    return state;
  }

  /** Our number of it, 1 or more; 0 once it is closed. */
  public int localId() {
    return localId;
  }

  /** The names under which the other side may open it. */
  List<ChannelName> names() {
    List<ChannelName> names = new ArrayList<>();
    names.add(name);
    for (String alias : aliases) {
      names.add(new ChannelName(alias, name.id()));
    }
    return names;
  }

  int remoteId() {
    return remoteId;
  }

  void opened(int byRemoteId) {
    state = State.OPEN;
    remoteId = byRemoteId;
  }

  void closed() {
    state = State.CLOSED;
    localId = 0;
    remoteId = 0;
  }

  @Override
  public String toString() {
    return "Channel[" + name.protocol() + ", " + name.id() + ", " + state + "]";
  }
}

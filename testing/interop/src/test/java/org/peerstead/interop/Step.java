package org.peerstead.interop;

import org.jspecify.annotations.Nullable;

/**
 * One step of a random history. All numbers are raw material: documents, objects, positions and
 * values are chosen by taking them modulo what is there when the step runs, so that any part of a
 * script is a script.
 */
sealed interface Step {
  /**
   * Makes the edits that came before it in the script, since the last commit, a change.
   *
   * @param past negative to edit the present, else which of the remembered heads to edit at
   */
  record Commit(int doc, long time, @Nullable String message, int past) implements Step {}

  /** A change without operations. */
  record Empty(int doc, long time, String message) implements Step {}

  /** Everything of one document into another. */
  record Merge(int into, int from) implements Step {}

  /** Replaces a document by a copy of another with a new actor. */
  record Fork(int into, int from) implements Step {}

  /** Some changes of a document in random order; those that come too early have to wait. */
  record Deliver(int into, int from, long shuffle, int percent) implements Step {}

  /** Saves and loads, keeping the actor. */
  record Reload(int doc) implements Step {}

  /**
   * Lets two documents talk the sync protocol.
   *
   * @param messages most messages to exchange; few leave the conversation unfinished
   * @param isReconnect true when both first persist and restore their sync states
   */
  record Sync(int left, int right, int messages, boolean isReconnect) implements Step {}

  /** An edit; it waits for the next commit. */
  record Edit(Kind kind, int object, int position, int amount, int pick) implements Step {}

  /** What an edit does. */
  enum Kind {
    PUT,
    MAKE,
    INSERT,
    MAKE_INSERT,
    DELETE,
    INCREMENT,
    SPLICE,
    MARK,
    UNMARK,
    SPLIT_BLOCK,
    UPDATE_BLOCK,
    JOIN_BLOCK
  }
}

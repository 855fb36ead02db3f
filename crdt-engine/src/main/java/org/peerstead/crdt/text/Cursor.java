package org.peerstead.crdt.text;

import org.peerstead.crdt.model.OpId;

/**
 * A position in a list or text that stays with its element when others edit around it. Made and
 * resolved by {@code DocumentView}; immutable.
 *
 * <p>Text form as in {@code @automerge/automerge} 3.5.0: {@code s}, {@code e}, {@code
 * counter@actorhex} or {@code -counter@actorhex}.
 */
public sealed interface Cursor {
  /** Always position 0. */
  record Start() implements Cursor {
    @Override
    public String toString() {
      return "s";
    }
  }

  /** Always the length. */
  record End() implements Cursor {
    @Override
    public String toString() {
      return "e";
    }
  }

  /**
   * At an element.
   *
   * @param element an operation on the element: the one that inserted it, or one that gave it its
   *     value
   * @param move where to go when the element is deleted
   */
  record At(OpId element, Move move) implements Cursor {
    @Override
    public String toString() {
      return move == Move.BEFORE ? "-" + element : element.toString();
    }
  }

  /** Where a cursor goes when its element is deleted. */
  enum Move {
    /**
     * To the element that it was inserted behind, or the nearest visible one that that was inserted
     * behind; to 0 when there is none.
     */
    BEFORE,
    /** To the next visible element; to the length when there is none. */
    AFTER
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException for anything else
   */
  static Cursor parse(String text) {
    return switch (text) {
      case "s" -> new Start();
      case "e" -> new End();
      default ->
          text.startsWith("-")
              ? new At(OpId.parse(text.substring(1)), Move.BEFORE)
              : new At(OpId.parse(text), Move.AFTER);
    };
  }
}

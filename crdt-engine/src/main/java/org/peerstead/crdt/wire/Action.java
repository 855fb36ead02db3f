package org.peerstead.crdt.wire;

import org.peerstead.crdt.model.ObjectType;

/** Action codes of the action column. */
public final class Action {
  public static final int MAKE_MAP = 0;
  public static final int SET = 1;
  public static final int MAKE_LIST = 2;
  public static final int DELETE = 3;
  public static final int MAKE_TEXT = 4;
  public static final int INCREMENT = 5;
  public static final int MAKE_TABLE = 6;
  public static final int MARK = 7;
  public static final int LAST = MARK;

  private Action() {}

  public static boolean isMake(int action) {
    return action == MAKE_MAP || action == MAKE_LIST || action == MAKE_TEXT || action == MAKE_TABLE;
  }

  /** The kind of object that a make action makes. */
  public static ObjectType madeType(int action) {
    return switch (action) {
      case MAKE_MAP -> ObjectType.MAP;
      case MAKE_LIST -> ObjectType.LIST;
      case MAKE_TEXT -> ObjectType.TEXT;
      case MAKE_TABLE -> ObjectType.TABLE;
      default -> throw new IllegalArgumentException("action " + action + " makes no object");
    };
  }

  public static int make(ObjectType type) {
    return switch (type) {
      case MAP -> MAKE_MAP;
      case LIST -> MAKE_LIST;
      case TEXT -> MAKE_TEXT;
      case TABLE -> MAKE_TABLE;
    };
  }
}

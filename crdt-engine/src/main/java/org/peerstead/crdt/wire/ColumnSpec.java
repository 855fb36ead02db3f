package org.peerstead.crdt.wire;

/** Column specifications: {@code (id << 4) | (deflate << 3) | type}. */
public final class ColumnSpec {
  public static final int TYPE_GROUP = 0;
  public static final int TYPE_ACTOR = 1;
  public static final int TYPE_ULEB = 2;
  public static final int TYPE_DELTA = 3;
  public static final int TYPE_BOOLEAN = 4;
  public static final int TYPE_STRING = 5;
  public static final int TYPE_VALUE_META = 6;
  public static final int TYPE_VALUE = 7;
  public static final int DEFLATE_BIT = 8;

  // Operations, in changes and documents.
  public static final int OBJECT_ACTOR = 0x01;
  public static final int OBJECT_COUNTER = 0x02;
  public static final int OBJECT_COUNTER_DELTA = 0x03;
  public static final int KEY_ACTOR = 0x11;
  public static final int KEY_COUNTER = 0x13;
  public static final int KEY_STRING = 0x15;
  public static final int ID_ACTOR = 0x21;
  public static final int ID_COUNTER = 0x23;
  public static final int INSERT = 0x34;
  public static final int ACTION = 0x42;
  public static final int VALUE_META = 0x56;
  public static final int VALUE = 0x57;
  public static final int PRED_GROUP = 0x70;
  public static final int PRED_ACTOR = 0x71;
  public static final int PRED_COUNTER = 0x73;
  public static final int SUCC_GROUP = 0x80;
  public static final int SUCC_ACTOR = 0x81;
  public static final int SUCC_COUNTER = 0x83;
  public static final int EXPAND = 0x94;
  public static final int MARK_NAME = 0xa5;
  public static final int BUNDLE_OP_ROW = 0xb3;

  // Changes, in documents.
  public static final int CHANGE_ACTOR = 0x01;
  public static final int CHANGE_SEQ = 0x03;
  public static final int CHANGE_MAX_OP = 0x13;
  public static final int CHANGE_TIME = 0x23;
  public static final int CHANGE_MESSAGE = 0x35;
  public static final int CHANGE_DEPS_GROUP = 0x40;
  public static final int CHANGE_DEPS_INDEX = 0x43;
  public static final int CHANGE_EXTRA_META = 0x56;
  public static final int CHANGE_EXTRA = 0x57;

  // Changes, in bundles.
  public static final int BUNDLE_START_OP = 0x13;
  public static final int BUNDLE_MAX_OP = 0x23;
  public static final int BUNDLE_TIME = 0x33;
  public static final int BUNDLE_MESSAGE = 0x45;
  public static final int BUNDLE_DEPS_GROUP = 0x50;
  public static final int BUNDLE_DEPS_INDEX = 0x53;
  public static final int BUNDLE_EXTRA_GROUP = 0x60;
  public static final int BUNDLE_EXTRA = 0x67;

  private ColumnSpec() {}

  public static int type(int spec) {
    return spec & 7;
  }

  public static boolean isDeflated(int spec) {
    return (spec & DEFLATE_BIT) != 0;
  }
}

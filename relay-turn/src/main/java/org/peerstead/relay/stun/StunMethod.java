package org.peerstead.relay.stun;

/** Methods and how they make up a message type (RFC 8489 section 5, RFC 8656 section 17). */
public final class StunMethod {
  public static final int BINDING = 0x001;
  public static final int ALLOCATE = 0x003;
  public static final int REFRESH = 0x004;
  public static final int SEND = 0x006;
  public static final int DATA = 0x007;
  public static final int CREATE_PERMISSION = 0x008;
  public static final int CHANNEL_BIND = 0x009;
  public static final int CONNECT = 0x00a;
  public static final int CONNECTION_BIND = 0x00b;
  public static final int CONNECTION_ATTEMPT = 0x00c;

  private static final StunClass[] CLASSES = StunClass.values();

  private StunMethod() {}

  /**
   * The first two bytes of a message: 12 bits of method and 2 bits of class, interleaved.
   *
   * @param method 0 to 0xfff
   */
  public static int type(int method, StunClass messageClass) {
    int c = messageClass.ordinal();
    return (method & 0xf80) << 2
        | (method & 0x070) << 1
        | (method & 0x00f)
        | (c & 2) << 7
        | (c & 1) << 4;
  }

  static int method(int type) {
    return (type & 0x3e00) >> 2 | (type & 0x00e0) >> 1 | (type & 0x000f);
  }

  static StunClass messageClass(int type) {
    return CLASSES[(type & 0x100) >> 7 | (type & 0x010) >> 4];
  }
}

package org.peerstead.crdt.sync;

/**
 * What a message says about its sender, beside the sync itself. The presence of flags, whatever
 * they are, tells that the sender reads V2 messages.
 *
 * @param syncReset forget which changes were sent: they were ignored
 * @param readOnly the sender will not apply changes
 * @param supportsSyncReset the sender understands {@code syncReset}
 */
public record SyncFlags(boolean syncReset, boolean readOnly, boolean supportsSyncReset) {
  /**
   * A byte with this bit is a bit field; one without is a capability of older versions, ignored by
   * value.
   */
  static final int BIT_FIELD = 0x80;

  static final int SYNC_RESET = 0x01;
  static final int READ_ONLY = 0x02;
  static final int SUPPORTS_SYNC_RESET = 0x04;

  /** The older capability byte that makes versions before the bit field send V2. */
  static final int LEGACY_V2 = 0x02;

  int toBits() {
    return (syncReset ? SYNC_RESET : 0)
        | (readOnly ? READ_ONLY : 0)
        | (supportsSyncReset ? SUPPORTS_SYNC_RESET : 0);
  }

  static SyncFlags ofBits(int bits) {
    return new SyncFlags(
        (bits & SYNC_RESET) != 0, (bits & READ_ONLY) != 0, (bits & SUPPORTS_SYNC_RESET) != 0);
  }
}

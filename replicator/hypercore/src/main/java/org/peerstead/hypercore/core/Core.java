package org.peerstead.hypercore.core;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.core.NotWritableException.Reason;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.HeadSigner;
import org.peerstead.hypercore.manifest.HeadVerifier;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.Anchor;
import org.peerstead.hypercore.merkle.FlatTree;
import org.peerstead.hypercore.merkle.MissingNodeException;
import org.peerstead.hypercore.merkle.NodeSource;
import org.peerstead.hypercore.merkle.Proof;
import org.peerstead.hypercore.merkle.ProofBuilder;
import org.peerstead.hypercore.merkle.ProofException;
import org.peerstead.hypercore.merkle.ProofRequest;
import org.peerstead.hypercore.merkle.ProofVerifier;
import org.peerstead.hypercore.merkle.TreeGrowth;
import org.peerstead.hypercore.merkle.TreeHash;
import org.peerstead.hypercore.merkle.TreeHead;
import org.peerstead.hypercore.merkle.TreeNode;
import org.peerstead.hypercore.merkle.VerifiedProof;
import org.peerstead.hypercore.store.CoreBatch;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStorage;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.hypercore.store.StoredHead;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * One core: a log that only its signers can grow and that anybody can hold and prove.
 *
 * <p>There are two heads. The <em>tip</em> is where local changes have got to; the <em>head</em> is
 * what peers may see, and follows the tip when its owner has the change on disk ({@link #publish}).
 * A head that peers have seen and that a crash takes back could be followed by a different one of
 * the same length, which they must take for fraud. What comes from peers moves both at once: they
 * have it.
 *
 * <pre>
 * tip    append, truncate        committed to the store, readable here
 * head   publish                 after the store's sync; peers are served from here
 * both   apply, reorg            verified bytes of peers
 * frozen freeze                  contradicting heads: no more of anything but reading
 * </pre>
 *
 * <p>Holds no resources but memory. Not thread-safe: one thread owns it.
 */
public final class Core {
  /** Largest block in bytes, as npm's: 15 MiB. */
  public static final int MAX_BLOCK_BYTES = 15 * 1024 * 1024;

  /** Under which evidence of contradicting heads is kept. */
  private static final String FROZEN = "frozen";

  private static final CoreListener[] NO_LISTENERS = {};

  private final CoreRecord record;
  private final CoreStorage storage;
  private final TreeHash hash;
  private final ProofVerifier proofVerifier;
  private final Deque<SignedHead> unpublished = new ArrayDeque<>();
  private CoreListener[] listeners = NO_LISTENERS;
  private Bitfield bitfield;
  private @Nullable KeyPair keyPair;
  private @Nullable Manifest manifest;
  private @Nullable HeadVerifier verifier;
  private SignedHead published;
  private SignedHead tip;
  private boolean isFrozen;
  private long storedBytes = -1;

  private Core(
      CoreRecord record,
      CoreStorage storage,
      @Nullable Manifest manifest,
      @Nullable KeyPair keyPair,
      SignedHead head,
      TreeHash hash) {
    this.record = record;
    this.storage = storage;
    this.manifest = manifest;
    this.keyPair = keyPair;
    this.published = head;
    this.tip = head;
    this.bitfield = Bitfield.load(storage);
    this.hash = hash;
    this.proofVerifier = new ProofVerifier(hash);
    this.isFrozen = storage.userData(FROZEN) != null;
  }

  /**
   * Opens what the store holds.
   *
   * @param manifest of the record, or null while it is not known
   * @param keyPair that signs, or null for a core of somebody else
   * @param hash working memory, shared by the cores of one thread
   * @throws StorageException when roots of the head are missing
   */
  static Core load(
      CoreRecord record,
      CoreStorage storage,
      @Nullable Manifest manifest,
      @Nullable KeyPair keyPair,
      TreeHash hash) {
    StoredHead stored = storage.head();
    SignedHead head =
        stored == null
            ? SignedHead.EMPTY
            : new SignedHead(roots(stored.fork(), stored.length(), storage), stored.signature());
    return new Core(record, storage, manifest, keyPair, head, hash);
  }

  /** The store's record as it was when this was opened. */
  public CoreRecord record() {
    return record;
  }

  /** The public key. */
  public Fixed32 key() {
    return record.key();
  }

  /** Hash of the key, by which peers ask for it. */
  public Fixed32 discoveryKey() {
    return record.discoveryKey();
  }

  /** Who signs, or null while that is not known. */
  public @Nullable Manifest manifest() {
    return manifest;
  }

  /** Whether this is a core whose key is its signer's key; such cores never send a manifest. */
  public boolean isCompat() {
    return manifest != null && manifest.isCompatFor(key());
  }

  /** Whether {@link #append(List)} and {@link #truncate} may work here. */
  public boolean isWritable() {
    return keyPair != null
        && manifest != null
        && manifest.quorum() == 1
        && !isFrozen
        && manifest.signers().stream()
            .anyMatch(signer -> signer.publicKey().equals(keyPair.publicKey()));
  }

  /** Whether contradicting heads were seen. */
  public boolean isFrozen() {
    return isFrozen;
  }

  /** What peers may see. */
  public TreeHead head() {
    return published.head();
  }

  /** The signature over {@link #head}; empty for a core without blocks. */
  public Slice signature() {
    return published.signature();
  }

  /** Where local changes have got to; equals {@link #head} when all are on disk. */
  public TreeHead tip() {
    return tip.head();
  }

  /** Blocks of the head. */
  public long length() {
    return published.head().length();
  }

  /** How often the core was truncated. */
  public long fork() {
    return published.head().fork();
  }

  /** Bytes of all blocks of the head, stored here or not. */
  public long byteLength() {
    return published.head().byteLength();
  }

  /** Blocks from 0 on that are stored without a gap, within the head. */
  public long contiguousLength() {
    return Math.min(bitfield.contiguousLength(), length());
  }

  /** Whether a block of the head is stored. */
  public boolean has(long index) {
    return index >= 0 && index < length() && bitfield.get(index);
  }

  /**
   * Which blocks are stored, those beyond the head included whose appends are not on disk yet. To
   * be read only.
   */
  public Bitfield bitfield() {
    return bitfield;
  }

  /** The stored tree nodes. */
  public NodeSource nodes() {
    return storage;
  }

  /** A block as stored, or null. */
  public @Nullable Slice block(long index) {
    return index >= 0 && index < tip.head().length() && bitfield.get(index)
        ? storage.block(index)
        : null;
  }

  /** Bytes of the blocks that are stored here. The first call may read many tree nodes. */
  public long storedBytes() {
    if (storedBytes < 0) {
      storedBytes = countStoredBytes();
    }
    return storedBytes;
  }

  /** A small value kept with the core, or null. */
  public @Nullable Slice userData(String key) {
    return storage.userData(key);
  }

  /** Keeps a small value with the core; an empty one removes it. */
  public void putUserData(String key, Slice value) {
    storage.batch().userData(key, value).commit();
  }

  /** Brings the key pair of one of its signers. */
  void unlock(KeyPair signer) {
    keyPair = signer;
  }

  /** Tells the listener of everything from now on, in the order of registration. */
  public void listen(CoreListener listener) {
    CoreListener[] more = new CoreListener[listeners.length + 1];
    System.arraycopy(listeners, 0, more, 0, listeners.length);
    more[listeners.length] = listener;
    listeners = more;
  }

  /** Tells the listener no more. */
  public void unlisten(CoreListener listener) {
    listeners =
        Arrays.stream(listeners).filter(each -> each != listener).toArray(CoreListener[]::new);
  }

  // ---------------------------------------------------------------------------------------------
  // Local changes

  /**
   * Adds blocks, all or none, signed with the key pair of the core.
   *
   * @param blocks as they are to be stored: of an encrypted core the ciphertext; none is no change
   * @return the tip, to be published when the store has synced
   */
  public TreeHead append(List<Slice> blocks) throws NotWritableException {
    KeyPair signer = requireKeyPair();
    return append(blocks, head -> sign(head, signer));
  }

  /**
   * Adds blocks, all or none, signed by somebody.
   *
   * @param blocks as in {@link #append(List)}
   * @param signature is asked once for the new head
   */
  public TreeHead append(List<Slice> blocks, HeadSignature signature) throws NotWritableException {
    requireNotFrozen();
    if (blocks.isEmpty()) {
      return tip.head();
    }
    TreeHead before = tip.head();
    TreeGrowth growth = new TreeGrowth(before, hash);
    CoreBatch batch = storage.batch();
    long index = before.length();
    long bytes = 0;
    for (Slice block : blocks) {
      if (block.length() > MAX_BLOCK_BYTES) {
        throw new NotWritableException(
            Reason.BLOCK_TOO_LARGE,
            "a block of " + block.length() + " bytes above " + MAX_BLOCK_BYTES);
      }
      growth.append(block);
      batch.block(index++, block);
      bytes += block.length();
    }
    for (TreeNode node : growth.newNodes()) {
      batch.node(node);
    }
    TreeHead head = growth.head();
    SignedHead signed = new SignedHead(head, signature.sign(head));
    batch.head(signed.stored());
    bitfield.setRange(before.length(), head.length());
    bitfield.store(batch);
    commit(batch);
    moveTip(signed);
    addStoredBytes(bytes);
    return head;
  }

  /**
   * Gives up all blocks from {@code length} on: a new fork. All earlier changes must be published.
   *
   * @param length blocks that stay, at most the length of the core
   * @return the tip, to be published when the store has synced
   */
  public TreeHead truncate(long length) throws NotWritableException {
    KeyPair signer = requireKeyPair();
    return truncate(length, head -> sign(head, signer));
  }

  /** As {@link #truncate(long)}, signed by somebody. */
  public TreeHead truncate(long length, HeadSignature signature) throws NotWritableException {
    requireNotFrozen();
    if (tip != published) {
      throw new NotWritableException(
          Reason.CHANGES_PENDING, "changes up to " + tip.head().length() + " wait for the disk");
    }
    TreeHead before = tip.head();
    if (length < 0 || length > before.length()) {
      throw new NotWritableException(Reason.OUT_OF_RANGE, length + " outside 0-" + before.length());
    }
    TreeHead head = roots(before.fork() + 1, length, storage);
    SignedHead signed = new SignedHead(head, signature.sign(head));
    CoreBatch batch = storage.batch();
    removeFrom(batch, length, before.length());
    batch.head(signed.stored());
    bitfield.store(batch);
    commit(batch);
    storedBytes = -1;
    moveTip(signed);
    return head;
  }

  /**
   * Local changes up to this tip are on disk: peers may see them. Tips that are not the core's any
   * more are ignored.
   */
  public void publish(TreeHead durable) {
    boolean isKnown = false;
    for (SignedHead each : unpublished) {
      isKnown |= each.head() == durable;
    }
    if (!isKnown) {
      return;
    }
    long from = length();
    do {
      TreeHead before = published.head();
      published = unpublished.removeFirst();
      if (fork() != before.fork()) {
        if (before.length() > from) {
          notifyAppended(from, before.length());
        }
        from = length();
        notifyTruncated(from, before.length());
      }
    } while (published.head() != durable);
    if (length() > from) {
      notifyAppended(from, length());
    }
  }

  /**
   * Frees the space of the blocks with from <= index < to. They are proven as before and may be
   * fetched again.
   */
  public void clear(long from, long to) {
    long end = Math.min(to, tip.head().length());
    long start = Math.max(0, from);
    if (start >= end) {
      return;
    }
    CoreBatch batch = storage.batch();
    batch.deleteBlocks(start, end);
    bitfield.clearRange(start, end);
    bitfield.store(batch);
    commit(batch);
    storedBytes = -1;
    for (CoreListener listener : listeners) {
      listener.blocksCleared(this, start, end);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Peers

  /**
   * Answers a request from the published head.
   *
   * @throws ProofException when the fork is another, a block is not stored, or the request makes no
   *     sense
   */
  public Proof prove(ProofRequest request) throws ProofException {
    TreeHead head = published.head();
    if (request.fork() != head.fork()) {
      throw new ProofException(
          ProofException.Reason.NOT_AVAILABLE, "fork " + request.fork() + ", not " + head.fork());
    }
    Slice value = null;
    ProofRequest.Block block = request.block();
    if (block != null) {
      value = has(block.index()) ? storage.block(block.index()) : null;
      if (value == null) {
        throw new ProofException(
            ProofException.Reason.NOT_AVAILABLE, "block " + block.index() + " is not stored");
      }
    }
    return ProofBuilder.build(
        request, head, storage, value, published.signature(), prologueLength());
  }

  /**
   * Takes an answer of a peer: verifies it and stores what it proves.
   *
   * @param offered the manifest that came with it, or null
   * @throws ProofException when the tree does not fit; nothing is changed
   * @throws HeadException when manifest or signature do not fit; nothing is changed
   */
  public Applied apply(Proof proof, @Nullable Manifest offered)
      throws ProofException, HeadException {
    TreeHead before = published.head();
    if (isFrozen) {
      throw new ProofException(ProofException.Reason.NOT_AVAILABLE, "the core is frozen");
    }
    if (proof.fork() != before.fork()) {
      throw new ProofException(
          ProofException.Reason.WRONG_FORK,
          "a proof of fork " + proof.fork() + " for fork " + before.fork());
    }
    HeadVerifier headVerifier = verifierFor(offered);
    VerifiedProof verified =
        proofVerifier.verify(proof, before, storage, anchor(headVerifier.manifest()));
    SignedHead signed = published;
    TreeHead upgraded = verified.upgraded();
    Proof.Upgrade upgrade = proof.upgrade();
    if (upgraded != null && upgrade != null) {
      if (tip != published) {
        throw new ProofException(
            ProofException.Reason.INVALID_REQUEST, "a head from elsewhere while ours is written");
      }
      headVerifier.verify(upgraded, upgrade.signature());
      signed = new SignedHead(upgraded, upgrade.signature());
    }
    CoreBatch batch = storage.batch();
    boolean isManifestLearnt = (offered != null || upgraded != null) && learn(headVerifier, batch);
    for (TreeNode node : verified.nodes()) {
      batch.node(node);
    }
    Proof.Block block = proof.block();
    boolean isNewBlock = block != null && bitfield.set(block.index());
    if (block != null && isNewBlock) {
      batch.block(block.index(), block.value());
    }
    if (signed != published) {
      batch.head(signed.stored());
    }
    bitfield.store(batch);
    if (!batch.isEmpty()) {
      commit(batch);
    }
    if (signed != published) {
      published = signed;
      tip = signed;
    }
    Applied applied =
        new Applied(
            block != null && isNewBlock ? block.index() : -1,
            block != null && isNewBlock ? block.value().length() : 0,
            before.length(),
            signed.head().length(),
            isManifestLearnt);
    addStoredBytes(applied.blockBytes());
    tell(applied);
    return applied;
  }

  /**
   * Begins to follow a higher fork: the proof's upgrade starts at 0 and is verified from an empty
   * tree.
   */
  public Reorg beginReorg(Proof proof, @Nullable Manifest offered)
      throws ProofException, HeadException {
    TreeHead before = published.head();
    Proof.Upgrade upgrade = proof.upgrade();
    if (isFrozen || proof.fork() <= before.fork() || upgrade == null || upgrade.start() != 0) {
      throw new ProofException(
          ProofException.Reason.INVALID_REQUEST,
          "fork " + proof.fork() + " does not replace fork " + before.fork());
    }
    HeadVerifier headVerifier = verifierFor(offered);
    VerifiedProof verified =
        proofVerifier.verify(proof, TreeHead.EMPTY, index -> null, anchor(headVerifier.manifest()));
    TreeHead target = verified.upgraded();
    if (target == null) {
      throw new ProofException(ProofException.Reason.INVALID_REQUEST, "a fork without a head");
    }
    headVerifier.verify(target, upgrade.signature());
    return new Reorg(
        new SignedHead(target, upgrade.signature()),
        before,
        verified.nodes(),
        storage,
        proofVerifier,
        manifest == null ? offered : null);
  }

  /**
   * Follows the higher fork: gives up what the two do not share.
   *
   * @param reorg settled or not: what is not known to be shared is given up
   */
  public void reorg(Reorg reorg) throws HeadException {
    TreeHead before = published.head();
    if (reorg.base() != before || tip != published) {
      throw new HeadException(
          HeadException.Reason.SUPERSEDED, "the core moved while the fork was compared");
    }
    HeadVerifier headVerifier = verifierFor(reorg.manifest());
    long common = reorg.commonLength();
    CoreBatch batch = storage.batch();
    boolean isManifestLearnt = learn(headVerifier, batch);
    removeFrom(batch, common, before.length());
    for (TreeNode node : reorg.nodes()) {
      batch.node(node);
    }
    SignedHead signed = reorg.target();
    batch.head(signed.stored());
    bitfield.store(batch);
    commit(batch);
    storedBytes = -1;
    unpublished.clear();
    published = signed;
    tip = signed;
    if (isManifestLearnt) {
      notifyManifest();
    }
    notifyTruncated(common, before.length());
    if (signed.head().length() > common) {
      notifyAppended(common, signed.head().length());
    }
  }

  /**
   * Whether a valid head of our fork contradicts ours.
   *
   * @param proof its upgrade starts at 0, verified from an empty tree
   * @return true when both are signed and their trees differ where they overlap
   */
  public boolean contradicts(Proof proof, @Nullable Manifest offered)
      throws ProofException, HeadException {
    Proof.Upgrade upgrade = proof.upgrade();
    if (upgrade == null || upgrade.start() != 0 || proof.fork() != fork()) {
      throw new ProofException(
          ProofException.Reason.INVALID_REQUEST, "a comparison wants a head of this fork");
    }
    VerifiedProof verified = proofVerifier.verify(proof, TreeHead.EMPTY, index -> null);
    TreeHead other = verified.upgraded();
    if (other == null) {
      throw new ProofException(ProofException.Reason.INVALID_REQUEST, "a proof without a head");
    }
    verifierFor(offered).verify(other, upgrade.signature());
    long overlap = Math.min(other.length(), length());
    for (long root : FlatTree.fullRoots(overlap)) {
      TreeNode ours = storage.node(root);
      TreeNode theirs = find(verified.nodes(), root);
      if (ours != null && theirs != null && !ours.equals(theirs)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Takes nothing more from peers.
   *
   * @param evidence kept with the core: the contradicting head as it came
   */
  public void freeze(Slice evidence) {
    if (isFrozen) {
      return;
    }
    storage.batch().userData(FROZEN, evidence).commit();
    isFrozen = true;
    for (CoreListener listener : listeners) {
      listener.frozen(this);
    }
  }

  // ---------------------------------------------------------------------------------------------

  private HeadVerifier verifierFor(@Nullable Manifest offered) throws HeadException {
    if (verifier != null) {
      return verifier;
    }
    Manifest known = manifest;
    if (known == null) {
      known = offered == null ? Manifest.compat(key()) : offered;
    }
    HeadVerifier made = new HeadVerifier(known, key());
    if (manifest != null) {
      verifier = made;
    }
    return made;
  }

  /** Keeps the manifest when it has just become known, or been proven by a signature. */
  private boolean learn(HeadVerifier headVerifier, CoreBatch batch) {
    if (manifest != null) {
      return false;
    }
    manifest = headVerifier.manifest();
    verifier = headVerifier;
    batch.manifest(manifest.encode());
    return true;
  }

  /** What was not stored is not claimed either: the bitfield was ahead of the batch. */
  private void commit(CoreBatch batch) {
    try {
      batch.commit();
    } catch (StorageException e) {
      bitfield = Bitfield.load(storage);
      throw e;
    }
  }

  private static TreeHead roots(long fork, long length, CoreStorage storage) {
    try {
      return TreeHead.load(fork, length, storage);
    } catch (MissingNodeException e) {
      throw new StorageException("a core of " + length + " blocks without its roots", e);
    }
  }

  private void removeFrom(CoreBatch batch, long length, long oldLength) {
    if (oldLength <= length) {
      return;
    }
    batch.deleteBlocks(length, oldLength);
    // A node right of the last leaf that stays is outside or spans the border; further left only
    // ancestors of that leaf can span it.
    batch.deleteNodes(Math.max(0, 2 * length - 1), Long.MAX_VALUE);
    if (length > 0) {
      long lastLeaf = 2 * (length - 1);
      long end = 2 * (oldLength - 1);
      for (long node = lastLeaf; FlatTree.rightSpan(node) < end; ) {
        node = FlatTree.parent(node);
        if (FlatTree.rightSpan(node) > lastLeaf && node < lastLeaf) {
          batch.deleteNodes(node, node + 1);
        }
      }
    }
    bitfield.clearRange(length, oldLength);
  }

  private void moveTip(SignedHead signed) {
    tip = signed;
    unpublished.add(signed);
  }

  private Slice sign(TreeHead head, KeyPair signer) {
    Manifest known = manifest;
    if (known == null) {
      throw new IllegalStateException("a core with a key pair has a manifest");
    }
    return HeadSigner.sign(known, key(), signer, head);
  }

  private KeyPair requireKeyPair() throws NotWritableException {
    if (keyPair == null || manifest == null) {
      throw new NotWritableException(Reason.NO_KEY, "the core belongs to somebody else");
    }
    if (!isWritable() && !isFrozen) {
      throw new NotWritableException(
          Reason.NEEDS_OTHER_SIGNERS, "one key pair alone does not sign for this core");
    }
    return keyPair;
  }

  private void requireNotFrozen() throws NotWritableException {
    if (isFrozen) {
      throw new NotWritableException(
          Reason.FROZEN, "two valid heads of this core contradict each other");
    }
  }

  private long prologueLength() {
    Anchor anchor = manifest == null ? null : anchor(manifest);
    return anchor == null ? 0 : anchor.length();
  }

  private static @Nullable Anchor anchor(Manifest manifest) {
    Manifest.Prologue prologue = manifest.prologue();
    return prologue == null || manifest.version() == 0
        ? null
        : new Anchor(prologue.length(), prologue.hash());
  }

  private static @Nullable TreeNode find(List<TreeNode> nodes, long index) {
    for (TreeNode node : nodes) {
      if (node.index() == index) {
        return node;
      }
    }
    return null;
  }

  private void addStoredBytes(long bytes) {
    if (storedBytes >= 0) {
      storedBytes += bytes;
    }
  }

  private long countStoredBytes() {
    long contiguous = Math.min(bitfield.contiguousLength(), tip.head().length());
    long bytes = 0;
    for (long root : FlatTree.fullRoots(contiguous)) {
      bytes += sizeOf(root);
    }
    long block = bitfield.firstSet(contiguous);
    while (block != Bitfield.NONE) {
      bytes += sizeOf(2 * block);
      block = bitfield.firstSet(block + 1);
    }
    return bytes;
  }

  private long sizeOf(long index) {
    TreeNode node = storage.node(index);
    return node == null ? 0 : node.size();
  }

  private void tell(Applied applied) {
    if (applied.isManifestLearnt()) {
      notifyManifest();
    }
    if (applied.isUpgrade()) {
      notifyAppended(applied.from(), applied.to());
    }
    if (applied.block() >= 0) {
      for (CoreListener listener : listeners) {
        listener.blockStored(this, applied.block(), applied.blockBytes());
      }
    }
  }

  private void notifyManifest() {
    for (CoreListener listener : listeners) {
      listener.manifestLearnt(this);
    }
  }

  private void notifyAppended(long from, long to) {
    for (CoreListener listener : listeners) {
      listener.appended(this, from, to);
    }
  }

  private void notifyTruncated(long length, long oldLength) {
    for (CoreListener listener : listeners) {
      listener.truncated(this, length, oldLength);
    }
  }
}

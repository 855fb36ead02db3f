package org.peerstead.hypercore.core;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.manifest.HeadException;
import org.peerstead.hypercore.manifest.Manifest;
import org.peerstead.hypercore.merkle.TreeHash;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.hypercore.store.CoreRecord;
import org.peerstead.hypercore.store.CoreStore;
import org.peerstead.hypercore.store.StorageException;
import org.peerstead.securestream.crypto.KeyPair;
import org.peerstead.securestream.crypto.Namespaces;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * The cores of one store, open while somebody uses them. Names and the primary key lead to the same
 * cores as in npm {@code corestore} 7.12.5.
 *
 * <p>Every open is answered by a {@link #close}. Not thread-safe: the thread of the cores owns it.
 */
public final class Corestore {
  /** The namespace that names are in when none is given. */
  public static final Fixed32 ROOT_NAMESPACE = Fixed32.of(new byte[Fixed32.SIZE]);

  private static final class OpenCore {
    final Core core;
    int users;

    OpenCore(Core core) {
      this.core = core;
    }
  }

  private final CoreStore store;
  private final byte[] primaryKey;
  private final TreeHash hash = new TreeHash();
  private final Map<Fixed32, OpenCore> open = new HashMap<>();

  /**
   * The cores in a store.
   *
   * @param primaryKey 32 secret bytes from which the key pairs of named cores are derived
   */
  public Corestore(CoreStore store, byte[] primaryKey) {
    if (primaryKey.length != Fixed32.SIZE) {
      throw new IllegalArgumentException("a primary key has 32 bytes, not " + primaryKey.length);
    }
    this.store = store;
    this.primaryKey = primaryKey.clone();
  }

  /** A core of ours, made at the first time. */
  public Core open(CoreAlias alias) {
    KeyPair keyPair = keyPair(alias);
    Manifest manifest = Manifest.ofKeyPair(keyPair.publicKey());
    return use(store.create(manifest.coreKey(), manifest.encode(), alias), keyPair);
  }

  /** Any core; one that the store does not know begins empty. Writable when it has a name here. */
  public Core open(Fixed32 key) {
    return use(store.create(key, null, null), null);
  }

  /**
   * Any core, with the key pair of one of its signers, which is not kept in the store.
   *
   * @param keyPair for example of a compat core that was made elsewhere
   */
  public Core openWith(Fixed32 key, KeyPair keyPair) {
    return use(store.create(key, null, null), keyPair);
  }

  /**
   * A core with a manifest of its own.
   *
   * @param keyPair of one of its signers, or null; it is not kept in the store
   */
  public Core open(Manifest manifest, @Nullable KeyPair keyPair) {
    return use(store.create(manifest.coreKey(), manifest.encode(), null), keyPair);
  }

  /** A core that the store knows, or null. */
  public @Nullable Core openStored(Fixed32 discoveryKey) {
    OpenCore known = open.get(discoveryKey);
    if (known != null) {
      known.users++;
      return known.core;
    }
    CoreRecord record = store.find(discoveryKey);
    return record == null ? null : use(record, null);
  }

  /** A core that is open, or null; does not count as a use. */
  public @Nullable Core findOpen(Fixed32 discoveryKey) {
    OpenCore known = open.get(discoveryKey);
    return known == null ? null : known.core;
  }

  /** Ends one use; with the last one the core is no longer open. */
  public void close(Core core) {
    OpenCore known = open.get(core.discoveryKey());
    if (known == null || known.core != core) {
      throw new IllegalStateException("not open: " + core.discoveryKey());
    }
    if (--known.users == 0) {
      open.remove(core.discoveryKey());
    }
  }

  /** Cores that are open. */
  public int openCount() {
    return open.size();
  }

  /** The key pair of a named core. */
  public KeyPair keyPair(CoreAlias alias) {
    return Namespaces.keyPair(primaryKey, alias.namespace(), alias.name());
  }

  private Core use(CoreRecord record, @Nullable KeyPair keyPair) {
    OpenCore known = open.get(record.discoveryKey());
    if (known == null) {
      known = new OpenCore(load(record, keyPair));
      open.put(record.discoveryKey(), known);
    } else if (keyPair != null) {
      known.core.unlock(keyPair);
    }
    known.users++;
    return known.core;
  }

  private Core load(CoreRecord record, @Nullable KeyPair given) {
    Manifest manifest = null;
    if (record.manifest() != null) {
      try {
        manifest = Manifest.decode(record.manifest());
      } catch (HeadException e) {
        throw new StorageException("the manifest of " + record.key() + " does not decode", e);
      }
    }
    KeyPair keyPair = given;
    if (keyPair == null && record.alias() != null) {
      keyPair = keyPair(record.alias());
    }
    return Core.load(record, store.storage(record), manifest, keyPair, hash);
  }
}

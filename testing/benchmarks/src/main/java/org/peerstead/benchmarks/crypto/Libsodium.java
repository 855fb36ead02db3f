package org.peerstead.benchmarks.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** libsodium of this machine, where it is installed; for one thread. */
final class Libsodium {
  private static final String LIBRARY = "libsodium.so.23";

  private final MethodHandle verifyDetached;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment signature = arena.allocate(64);
  private final MemorySegment key = arena.allocate(32);
  private final MemorySegment message = arena.allocate(1 << 16);

  private Libsodium(SymbolLookup library) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle init =
        linker.downcallHandle(
            library.find("sodium_init").orElseThrow(), FunctionDescriptor.of(ValueLayout.JAVA_INT));
    int outcome = (int) init.invokeExact();
    if (outcome < 0) {
      throw new IllegalStateException("sodium_init failed");
    }
    verifyDetached =
        linker.downcallHandle(
            library.find("crypto_sign_verify_detached").orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));
  }

  /** The library, empty where it is not installed. */
  static Optional<Libsodium> find() throws Throwable {
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.of(new Libsodium(library));
  }

  /** {@code crypto_sign_verify_detached} of at most 64 KiB. */
  boolean verify(byte[] publicKey, byte[] signed, byte[] signatureBytes) throws Throwable {
    MemorySegment.copy(signatureBytes, 0, signature, ValueLayout.JAVA_BYTE, 0, 64);
    MemorySegment.copy(publicKey, 0, key, ValueLayout.JAVA_BYTE, 0, 32);
    MemorySegment.copy(signed, 0, message, ValueLayout.JAVA_BYTE, 0, signed.length);
    int outcome = (int) verifyDetached.invokeExact(signature, message, (long) signed.length, key);
    return outcome == 0;
  }
}

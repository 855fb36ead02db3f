package org.peerstead.discovery.net;

/** How datagrams pass between this process and the system. */
public enum SocketKind {
  /** {@code recvmmsg} and {@code sendmmsg} of 64-bit Linux: one system call for a whole batch. */
  LINUX_BATCHES,
  /** Channels of the JDK: one system call for each datagram. Works everywhere. */
  CHANNELS
}

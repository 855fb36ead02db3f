package org.peerstead.node;

import io.quarkus.arc.Arc;
import io.quarkus.arc.ArcContainer;
import io.quarkus.arc.InstanceHandle;
import io.quarkus.runtime.PreventFurtherStepsException;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.inject.CreationException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.peerstead.gateway.access.OpenAccess;
import org.peerstead.relaynode.RelayService;
import sun.misc.Signal;

/**
 * {@code up}: checks what can be checked before the server starts, so that the usual mishaps end in
 * one line; starts it; and ends it gracefully on SIGTERM and SIGINT.
 */
final class UpCommand {
  /** After this long a stop is given up, apart from the drain of a relay that comes first. */
  private static final long STOP_LIMIT_MILLIS = 9_500;

  /** The first asks for a drain, the second ends it. */
  private static final int SIGNALS = 2;

  private UpCommand() {}

  /** Runs until a signal comes; answers the exit code. */
  static int run(UpOptions options) throws CommandException {
    boolean isServingPeers = options.services().contains(UpOptions.STORAGE_PEER);
    if (isServingPeers
        || options.services().contains(UpOptions.DHT_SEED)
        || options.services().contains(UpOptions.RELAY)
        || options.services().contains(UpOptions.GATEWAY)) {
      Optional<String> refusal =
          OpenAccess.refusal(options.isOpen(), options.isForcedOpen(), options.host());
      if (refusal.isPresent()) {
        throw CommandException.failed(refusal.get());
      }
    }
    requireFreePort(options.host(), options.port(), "http");
    if (isServingPeers) {
      requireFreePort(options.peerHost(), options.peerPort(), "peer");
    }
    Path data = options.data();
    try (DataFolder folder = DataFolder.open(data)) {
      options.properties().forEach(System::setProperty);
      System.setProperty(UpOptions.DATA, data.toString());
      var impatience = new CountDownLatch(SIGNALS);
      drainOnSignal("TERM", impatience);
      drainOnSignal("INT", impatience);
      var exitCode = new AtomicInteger();
      Quarkus.run(
          NodeApplication.class,
          (code, failure) -> {
            exitCode.set(code);
            if (failure != null) {
              explain(failure);
            }
          });
      return exitCode.get();
    } catch (IOException e) {
      throw CommandException.failed(
          "cannot release the data folder " + data + ": " + e.getMessage());
    }
  }

  /** One line for what an operator can mend; anything else is a bug and shown in full. */
  private static void explain(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      boolean isForOperator =
          cause instanceof PreventFurtherStepsException
              || cause instanceof ConfigurationException
              || cause.getClass().getSimpleName().equals("StorageException")
              || cause.getClass().getSimpleName().equals("ConfigValidationException");
      if (isForOperator && cause.getMessage() != null) {
        System.err.println("peerstead: " + cause.getMessage().strip());
        return;
      }
    }
    System.err.println("peerstead: the start failed; please report this:");
    failure.printStackTrace(System.err);
  }

  /**
   * @param option {@code --<option>-host} and {@code --<option>-port} choose another one
   */
  private static void requireFreePort(String host, int port, String option)
      throws CommandException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(host), port));
    } catch (UnknownHostException e) {
      throw CommandException.failed(
          "cannot listen on " + host + ": no such host; choose another with --" + option + "-host");
    } catch (BindException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("in use")) {
        throw CommandException.failed(
            "port "
                + port
                + " on "
                + host
                + " is in use; stop the other program, or choose another port with --"
                + option
                + "-port");
      }
      if (message.contains("ermission")) {
        throw CommandException.failed(
            "this user may not listen on port "
                + port
                + "; choose one from 1024 up with --"
                + option
                + "-port");
      }
      throw CommandException.failed(
          "cannot listen on "
              + host
              + ":"
              + port
              + " ("
              + message
              + "); choose an address of this machine with --"
              + option
              + "-host");
    } catch (IOException e) {
      throw CommandException.failed(
          "cannot listen on " + host + ":" + port + ": " + e.getMessage());
    }
  }

  /**
   * The JVM's own handler would end the process with code 143, however well it drained. The relay
   * is drained first, while health checks and metrics still answer; a second signal ends that.
   */
  private static void drainOnSignal(String name, CountDownLatch impatience) {
    Signal.handle(
        new Signal(name),
        signal -> {
          if (impatience.getCount() < SIGNALS) {
            impatience.countDown();
            return;
          }
          impatience.countDown();
          Thread.ofPlatform().name("stop").daemon().start(() -> stop(impatience));
        });
  }

  private static void stop(CountDownLatch impatience) {
    Thread.ofPlatform()
        .name("relay-drain")
        .daemon()
        .start(() -> {
          drainRelay();
          while (impatience.getCount() > 0) {
            impatience.countDown();
          }
        });
    try {
      impatience.await();
      Quarkus.asyncExit(0);
      Thread.sleep(STOP_LIMIT_MILLIS);
    } catch (InterruptedException e) {
      return;
    }
    System.err.println("peerstead: stopping took too long and was given up");
    Runtime.getRuntime().halt(1);
  }

  private static void drainRelay() {
    ArcContainer container = Arc.container();
    if (container == null || !container.isRunning()) {
      return;
    }
    try (InstanceHandle<RelayService> relay = container.instance(RelayService.class)) {
      if (relay.isAvailable()) {
        relay.get().drain();
      }
    } catch (IllegalStateException | CreationException e) {
      // A signal during the start: there is nothing to drain yet.
    }
  }
}

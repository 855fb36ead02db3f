package org.peerstead.discovery.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.peerstead.discovery.rpc.wire.NodeAddress;

@Timeout(30)
class BootstrapResolverTest {
  private static final int HOST = NodeAddress.parseHost("192.0.2.1");
  private static final int OTHER = NodeAddress.parseHost("192.0.2.2");

  private static InetAddress[] addresses(String... texts) throws UnknownHostException {
    InetAddress[] all = new InetAddress[texts.length];
    for (int i = 0; i < texts.length; i++) {
      all[i] = InetAddress.getByName(texts[i]);
    }
    return all;
  }

  private static Map<String, List<Integer>> resolve(BootstrapResolver resolver) throws Exception {
    CompletableFuture<Map<String, List<Integer>>> found = new CompletableFuture<>();
    resolver.resolve(found::complete);
    return found.get(10, TimeUnit.SECONDS);
  }

  @Test
  void resolve_shouldTakeAddressesOfVersion4() throws Exception {
    BootstrapResolver resolver =
        new BootstrapResolver(
            List.of("a.example"),
            name -> addresses("2001:db8::1", "192.0.2.1", "192.0.2.2"),
            10_000);
    assertThat(resolver.isComplete()).isFalse();
    assertThat(resolve(resolver)).isEqualTo(Map.of("a.example", List.of(HOST, OTHER)));
    assertThat(resolver.isComplete()).isTrue();
  }

  @Test
  void resolve_shouldKeepWhatWasKnownWhenANameIsNotFoundAnyMore() throws Exception {
    AtomicReference<String> address = new AtomicReference<>("192.0.2.1");
    BootstrapResolver resolver =
        new BootstrapResolver(
            List.of("a.example"),
            name -> {
              String text = address.get();
              if (text.isEmpty()) {
                throw new UnknownHostException(name);
              }
              return addresses(text);
            },
            10_000);
    assertThat(resolve(resolver)).containsEntry("a.example", List.of(HOST));
    address.set("");
    assertThat(resolve(resolver)).containsEntry("a.example", List.of(HOST));
    address.set("192.0.2.2");
    assertThat(resolve(resolver)).containsEntry("a.example", List.of(OTHER));
  }

  @Test
  void resolve_shouldNotWaitForASlowName() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    BootstrapResolver resolver =
        new BootstrapResolver(
            List.of("slow.example", "a.example"),
            name -> {
              if (name.startsWith("slow")) {
                try {
                  never.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
              return addresses("192.0.2.1");
            },
            500);
    assertThat(resolve(resolver)).isEqualTo(Map.of("a.example", List.of(HOST)));
    assertThat(resolver.isComplete()).isFalse();
    never.countDown();
  }
}

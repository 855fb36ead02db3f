package org.peerstead.discovery.mdns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.mdns.wire.ServiceText;
import org.peerstead.discovery.mdns.wire.TopicDigest;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/** Real sockets on the loopback interface, and another implementation of multicast DNS. */
class LanDiscoveryTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String TYPE = "_peerstead._tcp.local.";

  private record Told(List<LanPeer> found, List<LanPeer> lost) implements LanListener {
    Told() {
      this(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
    }

    @Override
    public void found(LanPeer peer) {
      found.add(peer);
    }

    @Override
    public void lost(LanPeer peer) {
      lost.add(peer);
    }
  }

  private final List<AutoCloseable> open = new ArrayList<>();
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong sleptMillis = new AtomicLong();
  private String loopback = "";

  @BeforeEach
  void findLoopback() throws Exception {
    NetworkInterface device = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    assumeTrue(device != null, "this machine has no loopback interface");
    loopback = device.getName();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static Fixed32 topic(int number) {
    var bytes = new byte[32];
    bytes[0] = (byte) number;
    return Fixed32.of(bytes);
  }

  private LanDiscovery start(LanConfig config, LanListener listener, Fixed32... topics)
      throws Exception {
    LanDiscovery discovery =
        LanDiscovery.start(
            config.withInterfaces(Set.of(loopback), true),
            Set.of(topics),
            listener,
            random::nextBytes,
            () -> System.currentTimeMillis() + sleptMillis.get());
    open.add(discovery);
    return discovery;
  }

  private static void awaitPeers(LanDiscovery discovery, int... ports) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          for (int port : ports) {
            assertThat(discovery.peers()).anyMatch(peer -> peer.addresses().contains(at(port)));
          }
        });
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }

  private static LanPeer peer(LanDiscovery discovery, int port) {
    return discovery.peers().stream()
        .filter(peer -> peer.addresses().contains(at(port)))
        .findAny()
        .orElseThrow();
  }

  @Test
  void threeNodes_shouldFindEachOther_andNotThemselves() throws Exception {
    LanDiscovery one = start(LanConfig.of(41001), new Told(), topic(1));
    LanDiscovery two = start(LanConfig.of(41002).withDhtPort(49737), new Told(), topic(1));
    LanDiscovery three = start(LanConfig.of(41003), new Told(), topic(3));

    awaitPeers(one, 41002, 41003);
    awaitPeers(two, 41001, 41003);
    awaitPeers(three, 41001, 41002);

    assertThat(one.peers()).noneMatch(peer -> peer.addresses().contains(at(41001)));
    assertThat(peer(one, 41002).dhtAddresses()).contains(at(49737));
    assertThat(peer(one, 41002).mayShareTopics()).isTrue();
    assertThat(peer(one, 41003).mayShareTopics()).isFalse();

    one.setTopics(Set.of(topic(1), topic(3)));
    await().atMost(SOON).until(() -> peer(one, 41003).mayShareTopics());
    await().atMost(SOON).until(() -> peer(three, 41001).mayShareTopics());
  }

  @Test
  void close_shouldTellTheOthers_andSleepShouldBringAnotherName() throws Exception {
    var told = new Told();
    LanDiscovery one = start(LanConfig.of(41011), told, topic(1));
    LanDiscovery two = start(LanConfig.of(41012), new Told(), topic(1));
    awaitPeers(one, 41012);
    awaitPeers(two, 41011);
    String name = peer(two, 41011).instance();

    long renames = one.status().renames();
    sleptMillis.addAndGet(3_600_000);
    await().atMost(SOON).until(() -> one.status().renames() > renames);
    await()
        .atMost(SOON)
        .until(() ->
            two.peers().stream()
                .anyMatch(
                    peer -> peer.addresses().contains(at(41011)) && !peer.instance().equals(name)));

    two.close();
    await()
        .atMost(SOON)
        .until(() -> told.lost().stream().anyMatch(peer -> peer.addresses().contains(at(41012))));
  }

  @Test
  void jmdns_shouldResolveOurService() throws Exception {
    LanDiscovery one = start(LanConfig.of(41021).withDhtPort(49737), new Told(), topic(1));
    // What it hears while it probes, it does not always list: it shall ask.
    await().atMost(SOON).until(() -> one.status().sentDatagrams() >= 4);
    JmDNS other = JmDNS.create(InetAddress.getByName("127.0.0.1"), "referee1");
    open.add(other);

    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(other.list(TYPE, 1000)).anyMatch(service -> service.getPort() == 41021));
    ServiceInfo service =
        List.of(other.list(TYPE, 1000)).stream()
            .filter(info -> info.getPort() == 41021)
            .findAny()
            .orElseThrow();

    assertThat(service.getPropertyString("txtvers")).isEqualTo("1");
    assertThat(service.getPropertyString("dht")).isEqualTo("49737");
    // Its own reading of values takes bytes for UTF-8; ours is made for bytes.
    TopicDigest digest = ServiceText.decode(Slice.of(service.getTextBytes())).digest();
    assertThat(digest).isNotNull();
    assertThat(digest.mayContain(topic(1))).isTrue();
    assertThat(service.getHostAddresses()).contains("127.0.0.1");
  }

  @Test
  void weShouldFindTheServiceOfJmdns() throws Exception {
    LanDiscovery one = start(LanConfig.of(41031), new Told(), topic(1));
    JmDNS other = JmDNS.create(InetAddress.getByName("127.0.0.1"), "referee2");
    open.add(other);
    Slice text =
        new ServiceText(
                TopicDigest.of(Slice.of(new byte[TopicDigest.SALT_BYTES]), Set.of(topic(1)))
                    .orElseThrow(),
                49738)
            .encode();

    other.registerService(ServiceInfo.create(TYPE, "referee", 41032, 0, 0, text.toByteArray()));

    awaitPeers(one, 41032);
    LanPeer found = peer(one, 41032);
    assertThat(found.instance()).isEqualTo("referee");
    assertThat(found.dhtAddresses()).contains(at(49738));
    assertThat(found.mayShareTopics()).isTrue();
  }
}

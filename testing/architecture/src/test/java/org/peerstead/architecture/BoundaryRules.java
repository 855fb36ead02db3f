package org.peerstead.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.peerstead.architecture.House.tree;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The rules for product code. Each method gives one rule for the packages of a {@link House}. */
final class BoundaryRules {
  private BoundaryRules() {}

  /** An engine can be used by any Java program: it brings nothing along. */
  static ArchRule engineNeedsOnlyTheJdk(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.engine()))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(tree(house.engine()), "java..", "org.jspecify..")
        .allowEmptyShould(true);
  }

  /** Engines take bytes and give bytes; files, sockets, threads and logs belong to the services. */
  static ArchRule engineDoesNoInputOrOutput(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.engine()))
        .should()
        .dependOnClassesThat(doInputOrOutput())
        .allowEmptyShould(true);
  }

  /** The same input gives the same output: time and chance are passed in. */
  static ArchRule engineReadsNoClockAndNoChance(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.engine()))
        .should()
        .accessTargetWhere(readsClockOrChance())
        .allowEmptyShould(true);
  }

  /** Lower rooms of the engine do not know the upper ones. */
  static ArchRule engineWireKnowsOnlyTheModel(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.engine() + ".wire"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.engine() + ".op"),
            tree(house.engine() + ".sync"),
            tree(house.engine() + ".patch"),
            tree(house.engine() + ".text"))
        .allowEmptyShould(true);
  }

  /** Values and identifiers stand below everything else. */
  static ArchRule engineModelKnowsNobody(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.engine() + ".model"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.engine() + ".wire"),
            tree(house.engine() + ".op"),
            tree(house.engine() + ".sync"),
            tree(house.engine() + ".patch"),
            tree(house.engine() + ".text"))
        .allowEmptyShould(true);
  }

  /** The rooms of the engine form layers; the facade package above them is not a slice. */
  static ArchRule engineRoomsAreFreeOfCycles(House house) {
    return slices()
        .matching(house.engine() + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true);
  }

  /** Column layouts and the operation store may change without anybody outside noticing. */
  static ArchRule engineInternalsStayInside(House house) {
    return noClasses()
        .that(
            resideInAnyPackage(tree(house.base()))
                .and(resideOutsideOfPackages(tree(house.engine()))))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(tree(house.engine() + ".wire"), tree(house.engine() + ".op"))
        .allowEmptyShould(true);
  }

  /** The library below replication and discovery knows neither of them, nor any framework. */
  static ArchRule secureStreamNeedsOnlyCryptography(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.secureStream()))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            tree(house.secureStream()),
            "java..",
            "javax.crypto..",
            "org.jspecify..",
            "org.bouncycastle..")
        .allowEmptyShould(true);
  }

  /** Its state machines are driven from outside, as the engines are. */
  static ArchRule secureStreamDoesNoInputOrOutput(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.secureStream()))
        .should()
        .dependOnClassesThat(doInputOrOutput())
        .allowEmptyShould(true);
  }

  /** Keys and nonces come from the entropy that is passed in, time from the caller. */
  static ArchRule secureStreamReadsNoClockAndNoChance(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.secureStream()))
        .should()
        .accessTargetWhere(readsClockOrChance())
        .allowEmptyShould(true);
  }

  /** Encoding below crypto below Noise below the stream; channels need the encoding only. */
  static ArchRule secureStreamRoomsAreFreeOfCycles(House house) {
    return slices()
        .matching(house.secureStream() + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true);
  }

  /** The logs know their crypto, a database and a transport; no service and no framework. */
  static ArchRule hypercoreKnowsNoService(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.hypercore()))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            tree(house.hypercore()),
            tree(house.secureStream()),
            "java..",
            "javax.crypto..",
            "org.jspecify..",
            "org.bouncycastle..",
            "org.rocksdb..",
            "io.netty..")
        .allowEmptyShould(true);
  }

  /** Whoever decides what is true of a log is driven from outside. */
  static ArchRule hypercoreDecidesWithoutInputOrOutput(House house) {
    return noClasses()
        .that(resideInAnyPackage(hypercoreRoomsThatDecide(house)))
        .should()
        .dependOnClassesThat(doInputOrOutput())
        .allowEmptyShould(true);
  }

  /** Time and chance are passed in, so that a simulation can be repeated. */
  static ArchRule hypercoreDecidesWithoutClockOrChance(House house) {
    return noClasses()
        .that(resideInAnyPackage(hypercoreRoomsThatDecide(house)))
        .should()
        .accessTargetWhere(readsClockOrChance())
        .allowEmptyShould(true);
  }

  /** Tree and messages below the log, the log below replication, sockets above everything. */
  static ArchRule hypercoreRoomsAreFreeOfCycles(House house) {
    return slices()
        .matching(house.hypercore() + ".(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true);
  }

  /** The DHT knows its crypto, a database and a transport; no service, no framework, no logs. */
  static ArchRule discoveryKnowsNoService(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.discovery()))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            tree(house.discovery()),
            tree(house.secureStream()),
            "java..",
            "jdk.net..",
            "org.jspecify..",
            "org.rocksdb..",
            "io.netty..")
        .allowEmptyShould(true);
  }

  /** Whoever decides what is true of the network is driven from outside. */
  static ArchRule discoveryDecidesWithoutInputOrOutput(House house) {
    return noClasses()
        .that(resideInAnyPackage(discoveryRoomsThatDecide(house)))
        .should()
        .dependOnClassesThat(doInputOrOutput())
        .allowEmptyShould(true);
  }

  /** Time and chance are passed in, so that ten thousand nodes can be simulated in one thread. */
  static ArchRule discoveryDecidesWithoutClockOrChance(House house) {
    return noClasses()
        .that(resideInAnyPackage(discoveryRoomsThatDecide(house)))
        .should()
        .accessTargetWhere(readsClockOrChance())
        .allowEmptyShould(true);
  }

  /** dht-rpc below HyperDHT, the store below its records, sockets above everything. */
  static ArchRule discoveryRpcKnowsNothingAbove(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.discovery() + ".rpc"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.discovery() + ".hyperdht"),
            tree(house.discovery() + ".store"),
            tree(house.discovery() + ".net"),
            tree(house.discovery() + ".mdns"))
        .allowEmptyShould(true);
  }

  private static String[] discoveryRoomsThatDecide(House house) {
    return Stream.of("rpc", "hyperdht", "mdns.core")
        .map(room -> tree(house.discovery() + "." + room))
        .toArray(String[]::new);
  }

  /** One room per protocol knows sockets. */
  static ArchRule nettyStaysInItsRoom(House house) {
    return noClasses()
        .that(
            resideInAnyPackage(
                    tree(house.engine()),
                    tree(house.secureStream()),
                    tree(house.hypercore()),
                    tree(house.discovery()),
                    tree(house.relay()))
                .and(resideOutsideOfPackages("..net..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .allowEmptyShould(true);
  }

  private static String[] hypercoreRoomsThatDecide(House house) {
    return Stream.of("wire", "merkle", "manifest", "encryption", "blindpeer", "core", "replication")
        .map(room -> tree(house.hypercore() + "." + room))
        .toArray(String[]::new);
  }

  /** The contract between services does not know who speaks it or over what. */
  static ArchRule eventsKnowNobody(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.events()))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            tree(house.events()), "java..", "org.jspecify..", "com.fasterxml.jackson..")
        .allowEmptyShould(true);
  }

  /** The connector carries bytes; it knows no event. */
  static ArchRule busKnowsNoEvent(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.bus()))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(tree(house.base())).and(resideOutsideOfPackages(tree(house.bus()))))
        .allowEmptyShould(true);
  }

  /** The gateway talks to document owners through events and the reader port only. */
  static ArchRule gatewayMeetsOthersThroughEvents(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.gateway()))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.merge()),
            tree(house.storagePeer()),
            tree(house.dhtSeed()),
            tree(house.relayNode()),
            tree(house.bus()),
            tree(house.node()))
        .allowEmptyShould(true);
  }

  /** The owner of documents does not know who asks. */
  static ArchRule mergeMeetsOthersThroughEvents(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.merge()))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.gateway()),
            tree(house.storagePeer()),
            tree(house.dhtSeed()),
            tree(house.relayNode()),
            tree(house.bus()),
            tree(house.node()))
        .allowEmptyShould(true);
  }

  /** The owner of logs does not know who asks either. */
  static ArchRule storagePeerMeetsOthersThroughEvents(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.storagePeer()))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.gateway()),
            tree(house.merge()),
            tree(house.dhtSeed()),
            tree(house.relayNode()),
            tree(house.bus()),
            tree(house.node()))
        .allowEmptyShould(true);
  }

  /** A seed runs without documents, logs and clients of them. */
  static ArchRule dhtSeedMeetsOthersThroughEvents(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.dhtSeed()))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.gateway()),
            tree(house.merge()),
            tree(house.storagePeer()),
            tree(house.relayNode()),
            tree(house.hypercore()),
            tree(house.bus()),
            tree(house.node()))
        .allowEmptyShould(true);
  }

  /** A relay runs without documents, logs and the DHT. */
  static ArchRule relayServiceMeetsOthersThroughEvents(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.relayNode()))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.gateway()),
            tree(house.merge()),
            tree(house.storagePeer()),
            tree(house.dhtSeed()),
            tree(house.hypercore()),
            tree(house.discovery()),
            tree(house.bus()),
            tree(house.node()))
        .allowEmptyShould(true);
  }

  /** The relay knows its sockets and cryptography; no service, no framework, no other engine. */
  static ArchRule relayKnowsNoService(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.relay()))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            tree(house.relay()),
            "java..",
            "javax.crypto..",
            "javax.net.ssl..",
            "javax.security.auth.x500..",
            "jdk.net..",
            "org.jspecify..",
            "org.bouncycastle..",
            "io.netty..")
        .allowEmptyShould(true);
  }

  /**
   * Whoever decides what is relayed is driven from outside. What the loops share is thread-safe, so
   * collections and counters made for threads are its own; what starts or stops threads is not.
   */
  static ArchRule relayDecidesWithoutInputOrOutput(House house) {
    return noClasses()
        .that(resideInAnyPackage(relayRoomsThatDecide(house)))
        .should()
        .dependOnClassesThat(
            doInputOrOutput()
                .and(not(describe("are values or shared memory", BoundaryRules::isSharedMemory))))
        .allowEmptyShould(true);
  }

  private static boolean isSharedMemory(JavaClass javaClass) {
    String name = javaClass.getName();
    return name.startsWith("java.util.concurrent.atomic.")
        || name.startsWith("java.util.concurrent.locks.")
        || Set.of(
                "java.util.concurrent.ConcurrentHashMap",
                "java.util.concurrent.ConcurrentMap",
                "java.util.concurrent.ConcurrentLinkedQueue",
                "java.util.concurrent.TimeUnit",
                // A port through which a loop hands over to another one.
                "java.util.concurrent.Executor",
                // Addresses as the JDK has them: no name is looked up and no socket opened.
                "java.net.InetAddress",
                "java.net.Inet4Address",
                "java.net.Inet6Address",
                "java.net.InetSocketAddress",
                "java.net.UnknownHostException")
            .contains(name);
  }

  /** Time and chance are passed in, so that attacks and losses can be repeated. */
  static ArchRule relayDecidesWithoutClockOrChance(House house) {
    return noClasses()
        .that(resideInAnyPackage(relayRoomsThatDecide(house)))
        .should()
        .accessTargetWhere(readsClockOrChance())
        .allowEmptyShould(true);
  }

  /** Messages below credentials below the state machine below sockets. */
  static ArchRule relayStunKnowsNothingAbove(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.relay() + ".stun"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            tree(house.relay() + ".auth"),
            tree(house.relay() + ".turn"),
            tree(house.relay() + ".net"))
        .allowEmptyShould(true);
  }

  /** Credentials know messages, and nobody who asks for them. */
  static ArchRule relayAuthKnowsNothingAbove(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.relay() + ".auth"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(tree(house.relay() + ".turn"), tree(house.relay() + ".net"))
        .allowEmptyShould(true);
  }

  /** The state machine is driven by sockets it does not know. */
  static ArchRule relayTurnKnowsNoSockets(House house) {
    return noClasses()
        .that()
        .resideInAPackage(tree(house.relay() + ".turn"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(tree(house.relay() + ".net"))
        .allowEmptyShould(true);
  }

  /** Policy, quotas and ports are judged for themselves, each without the others. */
  static ArchRule relayRulesKnowOnlyMessages(House house) {
    return noClasses()
        .that(
            resideInAnyPackage(
                tree(house.relay() + ".turn.policy"),
                tree(house.relay() + ".turn.quota"),
                tree(house.relay() + ".turn.ports")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(house.relay() + ".turn", tree(house.relay() + ".auth")))
        .allowEmptyShould(true);
  }

  private static String[] relayRoomsThatDecide(House house) {
    return Stream.of("stun", "auth", "turn")
        .map(room -> tree(house.relay() + "." + room))
        .toArray(String[]::new);
  }

  /** One room per store knows the database. */
  static ArchRule rocksDbStaysInItsRoom(House house) {
    return noClasses()
        .that(
            resideInAnyPackage(tree(house.base()))
                .and(resideOutsideOfPackages("..store.rocksdb..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.rocksdb..")
        .allowEmptyShould(true);
  }

  /** Several nodes can live in one JVM, and tests do not see each other's leftovers. */
  static ArchRule noMutableStatics(House house) {
    return fields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(tree(house.base()))
        .and(
            describe("are static", (JavaField f) -> f.getModifiers().contains(JavaModifier.STATIC)))
        .should()
        .beFinal()
        .allowEmptyShould(true);
  }

  /** Only the command line prints; everything else logs, counts or answers. */
  static ArchRule onlyTheCommandLinePrints(House house) {
    return noClasses()
        .that()
        .resideInAnyPackage(
            tree(house.engine()),
            tree(house.secureStream()),
            tree(house.hypercore()),
            tree(house.discovery()),
            tree(house.events()),
            tree(house.bus()),
            tree(house.merge()),
            tree(house.storagePeer()),
            tree(house.dhtSeed()),
            tree(house.gateway()))
        .should()
        .accessTargetWhere(
            describe(
                "is System.out, System.err or printStackTrace",
                (JavaAccess<?> access) ->
                    (access.getTargetOwner().isEquivalentTo(System.class)
                            && Set.of("out", "err").contains(access.getTarget().getName()))
                        || access.getTarget().getName().equals("printStackTrace")))
        .allowEmptyShould(true);
  }

  /** Absence is written down: every package says what null means in it. */
  static ArchRule everyPackageIsNullMarked(House house) {
    return classes()
        .that()
        .resideInAPackage(tree(house.base()))
        .should(
            new ArchCondition<JavaClass>("reside in a package marked @NullMarked") {
              @Override
              public void check(JavaClass javaClass, ConditionEvents events) {
                boolean marked = javaClass.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(
                    new SimpleConditionEvent(
                        javaClass,
                        marked,
                        javaClass.getName() + " is in a package without @NullMarked package-info"));
              }
            })
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaClass> doInputOrOutput() {
    return resideInAnyPackage(
            "java.net..",
            "java.nio.channels..",
            "java.nio.file..",
            "java.util.logging..",
            "java.util.concurrent..")
        .or(
            describe(
                "are files, threads, timers or processes",
                (JavaClass c) ->
                    c.getName().startsWith("java.io.File")
                        || Set.of(
                                "java.io.RandomAccessFile",
                                "java.lang.Thread",
                                "java.lang.Process",
                                "java.lang.ProcessBuilder",
                                "java.util.Timer")
                            .contains(c.getName())));
  }

  private static DescribedPredicate<JavaAccess<?>> readsClockOrChance() {
    Map<String, Set<String>> forbidden =
        Map.of(
            System.class.getName(),
            Set.of("currentTimeMillis", "nanoTime", "getenv", "getProperty"),
            Instant.class.getName(),
            Set.of("now"),
            Clock.class.getName(),
            Set.of("systemUTC", "systemDefaultZone", "system"),
            Math.class.getName(),
            Set.of("random"),
            "java.util.UUID",
            Set.of("randomUUID"),
            "java.util.random.RandomGenerator",
            Set.of("getDefault", "of"),
            "java.util.Random",
            Set.of("<init>"),
            "java.util.SplittableRandom",
            Set.of("<init>"),
            "java.security.SecureRandom",
            Set.of("<init>", "getInstanceStrong", "getInstance"));
    return describe(
        "reads a clock, chance or the environment",
        access ->
            forbidden
                .getOrDefault(access.getTargetOwner().getName(), Set.of())
                .contains(access.getTarget().getName()));
  }
}

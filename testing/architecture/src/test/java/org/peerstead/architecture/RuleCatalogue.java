package org.peerstead.architecture;

import com.tngtech.archunit.lang.ArchRule;
import java.util.function.Function;
import java.util.stream.Stream;

/** All rules, with the fixture that breaks each of them. */
enum RuleCatalogue {
  ENGINE_NEEDS_ONLY_THE_JDK(BoundaryRules::engineNeedsOnlyTheJdk, "crdt.UsesLibrary"),
  ENGINE_STARTS_NO_THREAD(BoundaryRules::engineDoesNoInputOrOutput, "crdt.StartsThread"),
  ENGINE_OPENS_NO_FILE(BoundaryRules::engineDoesNoInputOrOutput, "crdt.ReadsFile"),
  ENGINE_READS_NO_CLOCK(BoundaryRules::engineReadsNoClockAndNoChance, "crdt.ReadsClock"),
  ENGINE_DRAWS_NO_LOTS(BoundaryRules::engineReadsNoClockAndNoChance, "crdt.DrawsLots"),
  ENGINE_WIRE_KNOWS_ONLY_THE_MODEL(BoundaryRules::engineWireKnowsOnlyTheModel, "crdt.wire.LooksUp"),
  ENGINE_MODEL_KNOWS_NOBODY(BoundaryRules::engineModelKnowsNobody, "crdt.model.ValueLooksUp"),
  ENGINE_ROOMS_ARE_FREE_OF_CYCLES(BoundaryRules::engineRoomsAreFreeOfCycles, "crdt.op.UsesSync"),
  ENGINE_INTERNALS_STAY_INSIDE(BoundaryRules::engineInternalsStayInside, "gateway.ReachesInside"),
  SECURE_STREAM_NEEDS_ONLY_CRYPTOGRAPHY(
      BoundaryRules::secureStreamNeedsOnlyCryptography, "securestream.UsesEngine"),
  SECURE_STREAM_OPENS_NO_SOCKET(
      BoundaryRules::secureStreamDoesNoInputOrOutput, "securestream.stream.OpensSocket"),
  SECURE_STREAM_DRAWS_NO_LOTS(
      BoundaryRules::secureStreamReadsNoClockAndNoChance, "securestream.crypto.DrawsLots"),
  SECURE_STREAM_ROOMS_ARE_FREE_OF_CYCLES(
      BoundaryRules::secureStreamRoomsAreFreeOfCycles, "securestream.crypto.UsesStream"),
  HYPERCORE_KNOWS_NO_SERVICE(BoundaryRules::hypercoreKnowsNoService, "hypercore.net.AsksOwner"),
  HYPERCORE_DECIDES_WITHOUT_THREADS(
      BoundaryRules::hypercoreDecidesWithoutInputOrOutput, "hypercore.replication.StartsThread"),
  HYPERCORE_DECIDES_WITHOUT_FILES(
      BoundaryRules::hypercoreDecidesWithoutInputOrOutput, "hypercore.core.ReadsFile"),
  HYPERCORE_DECIDES_WITHOUT_CLOCK(
      BoundaryRules::hypercoreDecidesWithoutClockOrChance, "hypercore.replication.ReadsClock"),
  HYPERCORE_DECIDES_WITHOUT_CHANCE(
      BoundaryRules::hypercoreDecidesWithoutClockOrChance, "hypercore.core.DrawsLots"),
  HYPERCORE_ROOMS_ARE_FREE_OF_CYCLES(
      BoundaryRules::hypercoreRoomsAreFreeOfCycles, "hypercore.core.UsesReplication"),
  DISCOVERY_KNOWS_NO_SERVICE(BoundaryRules::discoveryKnowsNoService, "discovery.net.AsksOwner"),
  DISCOVERY_KNOWS_NO_OTHER_ENGINE(
      BoundaryRules::discoveryKnowsNoService, "discovery.net.UsesHypercore"),
  DISCOVERY_DECIDES_WITHOUT_SOCKETS(
      BoundaryRules::discoveryDecidesWithoutInputOrOutput, "discovery.rpc.core.OpensSocket"),
  DISCOVERY_DECIDES_WITHOUT_THREADS(
      BoundaryRules::discoveryDecidesWithoutInputOrOutput, "discovery.hyperdht.core.StartsThread"),
  DISCOVERY_DECIDES_WITHOUT_CLOCK(
      BoundaryRules::discoveryDecidesWithoutClockOrChance, "discovery.hyperdht.core.ReadsClock"),
  DISCOVERY_DECIDES_WITHOUT_CHANCE(
      BoundaryRules::discoveryDecidesWithoutClockOrChance, "discovery.rpc.core.DrawsLots"),
  DISCOVERY_RPC_KNOWS_NOTHING_ABOVE(
      BoundaryRules::discoveryRpcKnowsNothingAbove, "discovery.rpc.core.UsesHyperdht"),
  DISCOVERY_KEEPS_NETTY_IN_ITS_ROOM(
      BoundaryRules::nettyStaysInItsRoom, "discovery.rpc.core.HoldsChannel"),
  DISCOVERY_KEEPS_ROCKSDB_IN_ITS_ROOM(
      BoundaryRules::rocksDbStaysInItsRoom, "discovery.store.OpensDatabase"),
  DHT_SEED_MEETS_OTHERS_THROUGH_EVENTS(
      BoundaryRules::dhtSeedMeetsOthersThroughEvents, "dhtseed.KnowsStoragePeer"),
  RELAY_KNOWS_NO_SERVICE(BoundaryRules::relayKnowsNoService, "relay.net.AsksOwner"),
  RELAY_KNOWS_NO_OTHER_ENGINE(BoundaryRules::relayKnowsNoService, "relay.net.UsesDiscovery"),
  RELAY_KNOWS_NO_FRAMEWORK(BoundaryRules::relayKnowsNoService, "relay.net.UsesLogging"),
  RELAY_DECIDES_WITHOUT_SOCKETS(
      BoundaryRules::relayDecidesWithoutInputOrOutput, "relay.turn.OpensSocket"),
  RELAY_DECIDES_WITHOUT_THREADS(
      BoundaryRules::relayDecidesWithoutInputOrOutput, "relay.turn.StartsThread"),
  RELAY_DECIDES_WITHOUT_CLOCK(
      BoundaryRules::relayDecidesWithoutClockOrChance, "relay.auth.ReadsClock"),
  RELAY_DECIDES_WITHOUT_CHANCE(
      BoundaryRules::relayDecidesWithoutClockOrChance, "relay.turn.DrawsLots"),
  RELAY_STUN_KNOWS_NOTHING_ABOVE(
      BoundaryRules::relayStunKnowsNothingAbove, "relay.stun.UsesCredentials"),
  RELAY_AUTH_KNOWS_NOTHING_ABOVE(BoundaryRules::relayAuthKnowsNothingAbove, "relay.auth.UsesTurn"),
  RELAY_TURN_KNOWS_NO_SOCKETS(BoundaryRules::relayTurnKnowsNoSockets, "relay.turn.UsesNet"),
  RELAY_RULES_KNOW_ONLY_MESSAGES(
      BoundaryRules::relayRulesKnowOnlyMessages, "relay.turn.policy.AsksEngine"),
  RELAY_KEEPS_NETTY_IN_ITS_ROOM(BoundaryRules::nettyStaysInItsRoom, "relay.turn.HoldsChannel"),
  RELAY_SERVICE_MEETS_OTHERS_THROUGH_EVENTS(
      BoundaryRules::relayServiceMeetsOthersThroughEvents, "relaynode.KnowsGateway"),
  NETTY_STAYS_IN_ITS_ROOM(BoundaryRules::nettyStaysInItsRoom, "hypercore.core.HoldsChannel"),
  EVENTS_KNOW_NOBODY(BoundaryRules::eventsKnowNobody, "events.KnowsOwner"),
  BUS_KNOWS_NO_EVENT(BoundaryRules::busKnowsNoEvent, "bus.CarriesEvent"),
  GATEWAY_MEETS_OTHERS_THROUGH_EVENTS(
      BoundaryRules::gatewayMeetsOthersThroughEvents, "gateway.CallsOwner"),
  MERGE_MEETS_OTHERS_THROUGH_EVENTS(
      BoundaryRules::mergeMeetsOthersThroughEvents, "merge.KnowsGateway"),
  STORAGE_PEER_MEETS_OTHERS_THROUGH_EVENTS(
      BoundaryRules::storagePeerMeetsOthersThroughEvents, "storagepeer.KnowsGateway"),
  ROCKSDB_STAYS_IN_ITS_ROOM(BoundaryRules::rocksDbStaysInItsRoom, "merge.OpensDatabase"),
  NO_MUTABLE_STATICS(BoundaryRules::noMutableStatics, "merge.RemembersGlobally"),
  ONLY_THE_COMMAND_LINE_PRINTS(BoundaryRules::onlyTheCommandLinePrints, "merge.Prints"),
  EVERY_PACKAGE_IS_NULL_MARKED(
      BoundaryRules::everyPackageIsNullMarked, "unmarked.HasNoPackageInfo"),
  TESTS_HAVE_NAMES_THAT_ARE_RUN(TestRules.testsHaveNamesThatAreRun(), "WronglyNamedProperties"),
  TESTS_DO_NOT_SLEEP(TestRules.testsDoNotSleep(), "Sleeps"),
  NO_TEST_IS_DISABLED(TestRules.noTestIsDisabled(), "Disables");

  private final Function<House, ArchRule> rule;
  private final String breaker;
  private final boolean isForTests;

  RuleCatalogue(Function<House, ArchRule> rule, String breaker) {
    this.rule = rule;
    this.breaker = breaker;
    this.isForTests = false;
  }

  RuleCatalogue(ArchRule rule, String breaker) {
    this.rule = house -> rule;
    this.breaker = "tests." + breaker;
    this.isForTests = true;
  }

  static Stream<ArchRule> boundaryRules(House house) {
    return Stream.of(values()).filter(entry -> !entry.isForTests).map(entry -> entry.rule(house));
  }

  static Stream<ArchRule> testRules() {
    return Stream.of(values())
        .filter(entry -> entry.isForTests)
        .map(entry -> entry.rule(House.PRODUCT));
  }

  ArchRule rule(House house) {
    return rule.apply(house).as(name());
  }

  /** Full name of the fixture class that breaks the rule. */
  String breaker() {
    return House.FIXTURES.base() + "." + breaker;
  }
}

package org.peerstead.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every rule against the product. */
class ArchitectureTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(House.PRODUCT.base());

  static Stream<ArchRule> boundaryRules() {
    return RuleCatalogue.boundaryRules(House.PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("boundaryRules")
  void product_shouldKeepTheBoundaries(ArchRule rule) {
    rule.check(PRODUCT);
  }

  static Stream<ArchRule> testRules() {
    return RuleCatalogue.testRules();
  }

  @ParameterizedTest
  @MethodSource("testRules")
  void tests_shouldKeepTheRules(ArchRule rule) throws IOException {
    rule.check(testClassesOfAllModules());
  }

  @Test
  void product_shouldBeSeenByTheRules() {
    Set<String> packages =
        PRODUCT.stream()
            .map(JavaClass::getPackageName)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(packages)
        .contains(
            House.PRODUCT.engine(),
            House.PRODUCT.secureStream() + ".stream",
            House.PRODUCT.hypercore() + ".merkle",
            House.PRODUCT.events(),
            House.PRODUCT.bus() + ".local",
            House.PRODUCT.merge(),
            House.PRODUCT.storagePeer(),
            House.PRODUCT.discovery() + ".rpc.core",
            House.PRODUCT.dhtSeed(),
            House.PRODUCT.gateway(),
            House.PRODUCT.node());
  }

  private static JavaClasses testClassesOfAllModules() throws IOException {
    Path checkout = Path.of(System.getProperty("peerstead.checkout"));
    List<Path> folders;
    try (Stream<Path> found =
        Files.find(
            checkout,
            5,
            (path, attributes) ->
                attributes.isDirectory() && path.endsWith(Path.of("target", "test-classes")))) {
      folders = found.toList();
    }
    assertThat(folders).isNotEmpty();
    return new ClassFileImporter()
        .withImportOption(location -> !location.contains("/architecture/fixtures/"))
        .importPaths(folders);
  }
}

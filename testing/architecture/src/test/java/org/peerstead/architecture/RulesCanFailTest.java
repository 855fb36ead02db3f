package org.peerstead.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.EvaluationResult;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rule that cannot fail holds nothing: each one must see the fixture that breaks it. */
class RulesCanFailTest {
  private static final JavaClasses FIXTURES =
      new ClassFileImporter().importPackages(House.FIXTURES.base());

  @ParameterizedTest
  @EnumSource(RuleCatalogue.class)
  void rule_shouldReportItsFixture(RuleCatalogue entry) {
    EvaluationResult result = entry.rule(House.FIXTURES).evaluate(FIXTURES);

    assertThat(result.hasViolation()).isTrue();
    assertThat(String.join("\n", result.getFailureReport().getDetails())).contains(entry.breaker());
  }
}

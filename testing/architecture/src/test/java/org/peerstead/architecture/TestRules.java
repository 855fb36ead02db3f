package org.peerstead.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.conditions.ArchConditions.beAnnotatedWith;
import static com.tngtech.archunit.lang.conditions.ArchConditions.never;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import java.util.concurrent.TimeUnit;

/** The rules for test code of all modules. */
final class TestRules {
  private static final String TEST = "org.junit.jupiter.api.Test";
  private static final String PARAMETERIZED = "org.junit.jupiter.params.ParameterizedTest";
  private static final String REPEATED = "org.junit.jupiter.api.RepeatedTest";
  private static final String FACTORY = "org.junit.jupiter.api.TestFactory";

  private TestRules() {}

  /**
   * Surefire and failsafe choose classes by name: a test with another name is silently not run.
   * Abstract classes and interfaces are contracts that others run.
   */
  static ArchRule testsHaveNamesThatAreRun() {
    return classes()
        .that(describe("contain tests", TestRules::containsTests))
        .and()
        .doNotHaveModifier(JavaModifier.ABSTRACT)
        .should()
        .haveSimpleNameEndingWith("Test")
        .orShould()
        .haveSimpleNameEndingWith("IT")
        .orShould()
        .beAnnotatedWith("org.junit.jupiter.api.Nested")
        .allowEmptyShould(true);
  }

  /** A sleep is either too long or too short: tests wait for a condition or move a clock. */
  static ArchRule testsDoNotSleep() {
    return noClasses()
        .should()
        .accessTargetWhere(
            describe(
                "is a sleep",
                (JavaAccess<?> access) ->
                    access.getTarget().getName().equals("sleep")
                        && (access.getTargetOwner().isEquivalentTo(Thread.class)
                            || access.getTargetOwner().isEquivalentTo(TimeUnit.class))))
        .allowEmptyShould(true);
  }

  /** A test that is not run proves nothing. */
  static ArchRule noTestIsDisabled() {
    return methods()
        .should(never(beAnnotatedWith("org.junit.jupiter.api.Disabled")))
        .allowEmptyShould(true);
  }

  private static boolean containsTests(JavaClass javaClass) {
    return javaClass.getMethods().stream()
        .anyMatch(method ->
            method.isAnnotatedWith(TEST)
                || method.isAnnotatedWith(PARAMETERIZED)
                || method.isAnnotatedWith(REPEATED)
                || method.isAnnotatedWith(FACTORY));
  }
}

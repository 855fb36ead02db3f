package org.peerstead.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs many cases of one property, each with its own reproducible source of randomness.
 *
 * <p>The seed of case 0 is the base seed itself, the others are derived from it. So the seed that a
 * failing run prints repeats that very case with {@code -Dpeerstead.seed=SEED -Dpeerstead.cases=1}.
 *
 * <p>Settings, read once per instance:
 *
 * <ul>
 *   <li>{@code -Dpeerstead.seed=NUMBER} replaces the base seed; {@code -Dpeerstead.seed=random}
 *       takes one from the system's entropy (and prints it on failure).
 *   <li>{@code -Dpeerstead.cases=NUMBER} replaces the number of cases.
 * </ul>
 *
 * <p>A property that is driven by a list of steps should use {@link #runScripts}: its failing
 * script is shrunk by leaving out halves, quarters and so on down to single steps, as long as what
 * remains still fails. Steps should therefore be meaningful on their own (an index taken modulo the
 * current length instead of an exact one).
 *
 * <p>Immutable and thread-safe; the cases of one run are executed in order on the calling thread.
 */
public final class SeededCases {
  /** System property with the base seed: a decimal {@code long}, or the word {@code random}. */
  public static final String SEED_PROPERTY = "peerstead.seed";

  /** System property with the number of cases: 1 or more. */
  public static final String CASES_PROPERTY = "peerstead.cases";

  /** Upper bound of property evaluations spent on shrinking one failing script. */
  static final int MAX_SHRINK_ATTEMPTS = 2_000;

  private final String name;
  private final long baseSeed;
  private final int cases;

  private SeededCases(String name, long baseSeed, int cases) {
    if (cases < 1) {
      throw new IllegalArgumentException("number of cases must be at least 1, not " + cases);
    }
    this.name = name;
    this.baseSeed = baseSeed;
    this.cases = cases;
  }

  /**
   * Cases of the property {@code name}, unless the system properties say otherwise.
   *
   * @param name what is tested; appears in the failure message
   * @param defaultSeed base seed when none is configured
   * @param defaultCases number of cases when none is configured, 1 or more
   */
  public static SeededCases of(String name, long defaultSeed, int defaultCases) {
    return configured(
        name,
        defaultSeed,
        defaultCases,
        System.getProperty(SEED_PROPERTY),
        System.getProperty(CASES_PROPERTY));
  }

  static SeededCases configured(
      String name,
      long defaultSeed,
      int defaultCases,
      @Nullable String seedSetting,
      @Nullable String casesSetting) {
    long seed =
        seedSetting == null || seedSetting.isBlank()
            ? defaultSeed
            : seedSetting.strip().equals("random")
                ? new SplittableRandom().nextLong()
                : Long.parseLong(seedSetting.strip());
    int cases =
        casesSetting == null || casesSetting.isBlank()
            ? defaultCases
            : Integer.parseInt(casesSetting.strip());
    return new SeededCases(name, seed, cases);
  }

  /** Base seed: the seed of case 0. */
  public long baseSeed() {
    return baseSeed;
  }

  /** Number of cases that a run executes. */
  public int cases() {
    return cases;
  }

  /** Seed of case {@code index}, 0-based. */
  public long seedOf(int index) {
    if (index == 0) {
      return baseSeed;
    }
    // Finaliser of SplitMix64: neighbouring indexes give unrelated seeds.
    long z = baseSeed + index * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** A property of random input. */
  @FunctionalInterface
  public interface Property {
    /** Draws its input from {@code random} and throws anything at all when it does not hold. */
    void check(RandomGenerator random) throws Exception;
  }

  /** Makes the script of one case. */
  @FunctionalInterface
  public interface ScriptGenerator<S> {
    /** A new script, drawn from {@code random} and nothing else. */
    List<S> generate(RandomGenerator random);
  }

  /** A property of a script. */
  @FunctionalInterface
  public interface ScriptProperty<S> {
    /** Executes {@code script} and throws anything at all when the property does not hold. */
    void check(List<S> script) throws Exception;
  }

  /**
   * Checks {@code property} once per case.
   *
   * @throws AssertionError at the first case that fails, with its seed and the failure as cause
   */
  public void run(Property property) {
    for (int i = 0; i < cases; i++) {
      long seed = seedOf(i);
      Throwable failure = failureOf(() -> property.check(new SplittableRandom(seed)));
      if (failure != null) {
        throw new AssertionError(describe(i, seed) + "\n" + failure, failure);
      }
    }
  }

  /**
   * Generates a script per case and checks {@code property} on it; a failing script is shrunk.
   *
   * @throws AssertionError at the first case that fails, with its seed, the shortest failing script
   *     found and that script's failure as cause
   */
  public <S> void runScripts(ScriptGenerator<S> generator, ScriptProperty<S> property) {
    for (int i = 0; i < cases; i++) {
      long seed = seedOf(i);
      List<S> script = List.copyOf(generator.generate(new SplittableRandom(seed)));
      Throwable failure = failureOf(() -> property.check(script));
      if (failure != null) {
        Shrunk<S> shrunk = shrink(script, failure, property);
        throw new AssertionError(
            describe(i, seed)
                + "\n"
                + shrunk.failure
                + "\nshortest failing script ("
                + shrunk.script.size()
                + " of "
                + script.size()
                + " steps):\n  "
                + String.join("\n  ", shrunk.script.stream().map(String::valueOf).toList()),
            shrunk.failure);
      }
    }
  }

  private record Shrunk<S>(List<S> script, Throwable failure) {}

  /** Leaves out ever smaller runs of steps for as long as the rest still fails. */
  private static <S> Shrunk<S> shrink(
      List<S> script, Throwable failure, ScriptProperty<S> property) {
    List<S> shortest = script;
    Throwable latest = failure;
    int attempts = 0;
    for (int run = shortest.size() / 2; run >= 1; ) {
      boolean shortened = false;
      for (int from = 0; from < shortest.size() && attempts < MAX_SHRINK_ATTEMPTS; ) {
        List<S> candidate = new ArrayList<>(shortest);
        candidate.subList(from, Math.min(from + run, candidate.size())).clear();
        List<S> tried = List.copyOf(candidate);
        attempts++;
        Throwable outcome = failureOf(() -> property.check(tried));
        if (outcome == null) {
          from += run;
        } else {
          shortest = tried;
          latest = outcome;
          shortened = true;
        }
      }
      if (attempts >= MAX_SHRINK_ATTEMPTS) {
        break;
      }
      // Single steps are tried again until a whole pass removes none.
      if (run > 1) {
        run /= 2;
      } else if (!shortened) {
        break;
      }
    }
    return new Shrunk<>(shortest, latest);
  }

  private String describe(int index, long seed) {
    return name
        + ": case "
        + index
        + " of "
        + cases
        + " failed; repeat it with -D"
        + SEED_PROPERTY
        + "="
        + seed
        + " -D"
        + CASES_PROPERTY
        + "=1";
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws Exception;
  }

  // A property may fail with anything, including the errors of assertion libraries.
  @SuppressWarnings("CatchingUnchecked")
  private static @Nullable Throwable failureOf(Attempt attempt) {
    try {
      attempt.run();
      return null;
    } catch (VirtualMachineError e) {
      if (e instanceof StackOverflowError) {
        return e;
      }
      throw e;
    } catch (Exception | Error e) {
      return e;
    }
  }
}

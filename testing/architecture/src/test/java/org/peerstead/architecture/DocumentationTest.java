package org.peerstead.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.smallrye.config.WithParentName;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The documents keep up with the code: keys, defaults, metrics and links. */
class DocumentationTest {
  private static final Path CHECKOUT = Path.of(System.getProperty("peerstead.checkout"));
  private static final Pattern METRIC = Pattern.compile("\"(peerstead_[a-z_]*[a-z])\"");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  /** One configuration key as the code declares it; the default is empty when there is none. */
  private record Key(String name, String defaultValue) {}

  @Test
  void operations_shouldNameEveryConfigurationKeyWithItsDefault() throws IOException {
    List<String> rows = Files.readAllLines(CHECKOUT.resolve("docs/operations.md"));
    List<Key> keys = configurationKeys();

    assertThat(keys).isNotEmpty();
    for (Key key : keys) {
      assertThat(rows)
          .as("a row for %s with default '%s'", key.name(), key.defaultValue())
          .anyMatch(row ->
              row.startsWith("| `" + key.name() + "`")
                  && (key.defaultValue().isEmpty()
                      || row.contains("| `" + key.defaultValue() + "` |")));
    }
  }

  @Test
  void operations_shouldNameEveryMetric() throws IOException {
    String operations = Files.readString(CHECKOUT.resolve("docs/operations.md"));
    Set<String> metrics = new TreeSet<>();
    for (Path source : files(CHECKOUT.resolve("services"), ".java")) {
      if (source.toString().contains("/src/main/")) {
        METRIC.matcher(Files.readString(source)).results().forEach(m -> metrics.add(m.group(1)));
      }
    }

    assertThat(metrics).isNotEmpty();
    assertThat(metrics)
        .allSatisfy(
            metric -> assertThat(operations).containsPattern("`" + metric + "(_total|_seconds)?`"));
  }

  @Test
  void links_shouldPointAtFilesThatExist() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : files(CHECKOUT, ".md")) {
      Matcher links = LINK.matcher(Files.readString(page));
      while (links.find()) {
        String target = links.group(1);
        if (!target.contains(":") && !Files.exists(page.resolveSibling(target))) {
          broken.add(CHECKOUT.relativize(page) + " -> " + target);
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  private static List<Key> configurationKeys() {
    List<Key> keys = new ArrayList<>();
    for (JavaClass javaClass :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(House.PRODUCT.base())) {
      if (javaClass.isInterface() && javaClass.isAnnotatedWith(ConfigMapping.class)) {
        Class<?> mapping = javaClass.reflect();
        collect(mapping, mapping.getAnnotation(ConfigMapping.class).prefix(), keys);
      }
    }
    return keys;
  }

  private static void collect(Class<?> mapping, String prefix, List<Key> keys) {
    for (Method method : mapping.getDeclaredMethods()) {
      if (!Modifier.isAbstract(method.getModifiers())) {
        continue;
      }
      WithName name = method.getAnnotation(WithName.class);
      String key =
          method.isAnnotationPresent(WithParentName.class)
              ? prefix
              : prefix + "." + (name == null ? kebabCase(method.getName()) : name.value());
      if (method.getReturnType().getDeclaringClass() == mapping
          && method.getReturnType().isInterface()) {
        collect(method.getReturnType(), key, keys);
      } else {
        WithDefault value = method.getAnnotation(WithDefault.class);
        keys.add(new Key(key, value == null ? "" : value.value()));
      }
    }
  }

  private static String kebabCase(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private static List<Path> files(Path folder, String suffix) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            return Set.of("target", "node_modules", ".git").contains(dir.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(suffix)) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }
}

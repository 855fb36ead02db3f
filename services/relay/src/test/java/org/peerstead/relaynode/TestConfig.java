package org.peerstead.relaynode;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Configuration as an operator writes it, without a container. */
final class TestConfig {
  private TestConfig() {}

  /**
   * @param pairs keys below {@code peerstead.relay.}, and values
   */
  static RelayConfig of(String... pairs) {
    Map<String, String> values = new HashMap<>();
    values.put("port", "0");
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return proxy(RelayConfig.class, "", values);
  }

  private static <T> T proxy(Class<T> mapping, String prefix, Map<String, String> values) {
    return mapping.cast(
        Proxy.newProxyInstance(
            mapping.getClassLoader(),
            new Class<?>[] {mapping},
            (self, method, arguments) -> value(method, prefix, values)));
  }

  private static Object value(Method method, String prefix, Map<String, String> values) {
    String key =
        prefix + method.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    Class<?> type = method.getReturnType();
    if (type.getDeclaringClass() == RelayConfig.class && type.isInterface()) {
      return proxy(type, key + ".", values);
    }
    WithDefault usual = method.getAnnotation(WithDefault.class);
    String text = values.getOrDefault(key, usual == null ? null : usual.value());
    return convert(method.getGenericReturnType(), text);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Object convert(Type type, @Nullable String text) {
    if (type instanceof ParameterizedType of) {
      Type inner = of.getActualTypeArguments()[0];
      if (of.getRawType() == Optional.class) {
        return Optional.ofNullable(text).map(given -> convert(inner, given));
      }
      List<Object> items =
          Arrays.stream(String.valueOf(text).split(",")).map(item -> convert(inner, item)).toList();
      return of.getRawType() == Set.class ? new LinkedHashSet<>(items) : items;
    }
    String given = String.valueOf(text);
    Class<?> raw = (Class<?>) type;
    if (raw.isEnum()) {
      return Enum.valueOf((Class<Enum>) raw, given.toUpperCase(Locale.ROOT));
    }
    if (raw == int.class || raw == Integer.class) {
      return Integer.valueOf(given);
    }
    if (raw == long.class) {
      return Long.valueOf(given);
    }
    if (raw == boolean.class) {
      return Boolean.valueOf(given);
    }
    if (raw == Duration.class) {
      return new DurationConverter().convert(given);
    }
    return raw == MemorySize.class ? new MemorySizeConverter().convert(given) : given;
  }
}

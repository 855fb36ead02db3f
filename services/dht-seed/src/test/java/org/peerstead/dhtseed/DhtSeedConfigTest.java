package org.peerstead.dhtseed;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.hyperdht.records.RecordLimits;

class DhtSeedConfigTest {
  @Test
  void limits_shouldBeThoseOfTheNodeByDefault() {
    DhtSeedConfig.Limits limits =
        (DhtSeedConfig.Limits)
            Proxy.newProxyInstance(
                DhtSeedConfig.class.getClassLoader(),
                new Class<?>[] {DhtSeedConfig.Limits.class},
                (proxy, method, arguments) ->
                    method.isDefault()
                        ? InvocationHandler.invokeDefault(proxy, method)
                        : defaultOf(method));
    assertThat(limits.toRecordLimits()).isEqualTo(RecordLimits.DEFAULT);
  }

  private static Object defaultOf(Method method) {
    String text = method.getAnnotation(WithDefault.class).value();
    return method.getReturnType() == Duration.class
        ? Duration.parse("PT" + text.toUpperCase(Locale.ROOT))
        : Integer.valueOf(text);
  }
}

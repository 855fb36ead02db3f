package org.peerstead.discovery.rpc.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peerstead.discovery.rpc.wire.NodeAddress;

/** Sequences of observations and what npm {@code nat-sampler} 1.0.1 makes of them. */
final class NatSamplerVectorTest {
  @Test
  void sampler_shouldReachTheSameVerdicts() throws IOException {
    JsonNode vectors;
    try (InputStream file = getClass().getResourceAsStream("/hyperdht/nat-sampler.json")) {
      vectors = new ObjectMapper().readTree(file);
    }
    int steps = 0;
    List<String> differences = new ArrayList<>();
    for (JsonNode sequence : vectors.get("sequences")) {
      NatSampler sampler = new NatSampler();
      for (JsonNode step : sequence) {
        sampler.add(NodeAddress.parse(step.get(0).asText()));
        String expected = step.get(1).isNull() ? "unknown" : step.get(1).asText();
        String actual =
            sampler.isHostKnown() ? new NodeAddress(sampler.host(), 0).hostText() : "unknown";
        steps++;
        if (!actual.equals(expected) || sampler.port() != step.get(2).asInt()) {
          differences.add(step + ": " + actual + ":" + sampler.port());
        }
      }
    }
    assertThat(steps).isGreaterThan(500);
    assertThat(differences).isEmpty();
  }
}

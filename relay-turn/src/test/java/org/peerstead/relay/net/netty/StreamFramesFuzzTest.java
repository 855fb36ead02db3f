package org.peerstead.relay.net.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.peerstead.simulation.SeededCases;

/** Streams cut anywhere, and streams of rubbish: no crash, no lost buffer, no wrong message. */
@ExtendWith(LeakWatch.class)
class StreamFramesFuzzTest {
  @Test
  void streams_shouldGiveTheirMessagesHoweverTheyAreCut() throws IOException {
    try (Shell shell = Shell.start()) {
      SeededCases.of("cut streams", 20261123, 150)
          .run(random -> {
            try (Client client = shell.connect()) {
              client.send(Client.message(3, Client.port(Shell.freePort()))).read();
              List<byte[]> answers = new ArrayList<>();
              ByteArrayOutputStream stream = new ByteArrayOutputStream();
              for (int i = random.nextInt(1, 20); i > 0; i--) {
                byte[] contents = contents(random);
                if (random.nextBoolean() && (contents.length & 3) == 0) {
                  stream.writeBytes(Client.message(1, contents));
                  answers.add(Client.message(0x0101, contents));
                } else {
                  byte[] data = Client.channelData(0x4000 + random.nextInt(0x1000), contents);
                  stream.writeBytes(data);
                  answers.add(data);
                }
              }
              byte[] all = stream.toByteArray();
              for (int at = 0; at < all.length; ) {
                int part =
                    Math.min(
                        all.length - at,
                        random.nextInt(4) == 0 ? random.nextInt(1, 5) : random.nextInt(1, 20_000));
                client.out.write(all, at, part);
                client.out.flush();
                at += part;
              }
              for (byte[] answer : answers) {
                assertThat(client.read()).isEqualTo(answer);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @Test
  void rubbish_shouldEndTheConnectionAndNothingElse() throws IOException {
    try (Shell shell = Shell.start(Shell.config(TestCertificate.make("relay")::server))) {
      SeededCases.of("rubbish", 20261124, 300)
          .run(random -> {
            try (Client client = shell.connect()) {
              byte[] rubbish = new byte[random.nextInt(1, 3_000)];
              random.nextBytes(rubbish);
              if (random.nextBoolean()) {
                rubbish[0] = new byte[] {0, 1, 3, 0x16, 0x40, 0x4f, 'G'}[random.nextInt(7)];
              }
              client.send(rubbish);
              client.socket.shutdownOutput();
              assertThat(client.isEnded()).isTrue();
            } catch (IOException _) {
              // The relay may close before all has been written.
            }
          });
      await()
          .untilAsserted(() -> {
            assertThat(shell.counts().connections()).isZero();
            assertThat(shell.counts().unsettled()).isZero();
          });
      assertThat(shell.ended(ConnectionEnd.FAILURE)).isZero();
      assertThat(shell.counts().engineFailures()).isZero();
      shell.engines.closedTimes.forEach((path, times) -> assertThat(times).isEqualTo(1));
    }
  }

  private static byte[] contents(RandomGenerator random) {
    int length =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt(8);
          case 1 -> random.nextInt(65_532);
          default -> random.nextInt(1_500);
        };
    byte[] contents = new byte[length];
    random.nextBytes(contents);
    return contents;
  }
}

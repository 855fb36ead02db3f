package org.peerstead.interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The packaged Peerstead node as a process of its own, started as the launcher starts it: free port
 * on loopback, data below a folder of the test. Not thread-safe.
 */
final class PeersteadNode implements SyncServer {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final ServerProcess process;
  private final int port;
  private final int peerPort;
  private final Path data;

  private PeersteadNode(
      Path folder, Map<String, String> settings, List<String> jvmOptions, List<String> up) {
    port = ServerProcess.freePort();
    peerPort = ServerProcess.freePort();
    data = folder.resolve("data");
    List<String> command = new ArrayList<>();
    command.add(java());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-XX:+UseCompactObjectHeaders");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(
        List.of("-XX:+UseG1GC", "-Xms32m", "-XX:GCTimeRatio=4", "-XX:G1HeapRegionSize=1m"));
    command.addAll(jvmOptions);
    settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(List.of("-jar", runner().toString(), "up"));
    command.addAll(up);
    command.addAll(
        List.of(
            "--data",
            data.toString(),
            "--http-port",
            Integer.toString(port),
            "--peer-port",
            Integer.toString(peerPort)));
    process =
        new ServerProcess(
            "Peerstead node", command, Map.of(), folder.resolve("server.log"), this::isReady);
  }

  /** Starts a node with its data and log below {@code folder}. */
  static PeersteadNode start(Path folder) {
    return start(folder, Map.of());
  }

  /** Starts a node with additional configuration properties. */
  static PeersteadNode start(Path folder, Map<String, String> settings) {
    PeersteadNode node = new PeersteadNode(folder, settings, List.of(), List.of());
    node.start();
    return node;
  }

  /**
   * Starts a node that is a seed of the DHT and nothing else.
   *
   * @param dhtPort its UDP port on loopback
   */
  static PeersteadNode startDhtSeed(
      Path folder, int dhtPort, Map<String, String> settings, String... jvmOptions) {
    PeersteadNode node =
        new PeersteadNode(
            folder,
            settings,
            List.of(jvmOptions),
            List.of(
                "dht-seed", "--dht-host", "127.0.0.1", "--dht-port", Integer.toString(dhtPort)));
    node.start();
    return node;
  }

  /**
   * A node that is a relay and nothing else, and is not started yet.
   *
   * @param options of {@code up relay}
   */
  static PeersteadNode relay(Path folder, Map<String, String> settings, String... options) {
    List<String> up = new ArrayList<>(List.of("relay"));
    up.addAll(List.of(options));
    return new PeersteadNode(folder, settings, List.of(), up);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static Path runner() {
    Path jar = Path.of(System.getProperty("peerstead.runner", "peerstead-node-runner.jar"));
    if (!Files.isRegularFile(jar)) {
      throw new AssertionError(
          "The packaged node is not at " + jar + ". Build it first: ./peerstead build");
    }
    return jar;
  }

  /**
   * Runs a command of the packaged program, such as {@code token create NAME}, and returns what it
   * printed to standard output. Fails when it does not exit with 0.
   */
  String command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                java(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-jar",
                runner().toString()));
    command.addAll(List.of(arguments));
    try {
      Path errors = Files.createTempFile("peerstead-command", ".log");
      Process child = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      child.getOutputStream().close();
      String output =
          new String(
              child.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      int status = child.waitFor();
      if (status != 0) {
        throw new AssertionError(
            command + " ended with status " + status + ":\n" + output + Files.readString(errors));
      }
      Files.delete(errors);
      return output;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private boolean isReady() {
    try {
      return get("/q/health/ready").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String url() {
    return "ws://127.0.0.1:" + port + "/sync";
  }

  /** Address of the HTTP interface, without a slash at the end. */
  String httpUrl() {
    return "http://127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  /** Where peers with hypercores connect. */
  int peerPort() {
    return peerPort;
  }

  Path data() {
    return data;
  }

  @Override
  public void start() {
    process.start();
  }

  /** Stops the node with SIGTERM and checks that it drained: status 0. */
  @Override
  public void stop() {
    int status = process.stop();
    if (status != 0) {
      throw new AssertionError("status " + status + " after SIGTERM:\n" + process.output());
    }
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
    http.close();
  }

  /** Everything the node has printed. */
  String output() {
    return process.output();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Memory of the process that is in RAM now, in MiB. */
  long residentMebibytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", "" + process.pid(), "status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
      }
    } catch (IOException e) {
      throw new AssertionError("the process is gone", e);
    }
    throw new AssertionError("no VmRSS of the process");
  }

  HttpResponse<byte[]> get(String path, String... headers) throws IOException {
    return send(request(path, headers).GET().build());
  }

  HttpResponse<byte[]> delete(String path, String... headers) throws IOException {
    return send(request(path, headers).DELETE().build());
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(httpUrl() + path)).timeout(REQUEST_TIMEOUT);
    return headers.length == 0 ? builder : builder.headers(headers);
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The JSON answer of a GET that must succeed. */
  JsonNode json(String path) {
    try {
      HttpResponse<byte[]> response = get(path);
      if (response.statusCode() != 200) {
        throw new AssertionError(
            "GET "
                + path
                + ": "
                + response.statusCode()
                + " "
                + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
      }
      return JsonLines.MAPPER.readTree(response.body());
    } catch (IOException e) {
      throw new AssertionError("GET " + path, e);
    }
  }

  /** Sum over all label sets of a metric; 0 when it is not there. */
  double metric(String name, String... labels) {
    try {
      String page = new String(get("/q/metrics").body(), java.nio.charset.StandardCharsets.UTF_8);
      double sum = 0;
      for (String line : page.lines().toList()) {
        if (line.startsWith(name + " ") || line.startsWith(name + "{")) {
          boolean matches = true;
          for (String label : labels) {
            matches &= line.contains(label);
          }
          if (matches) {
            sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
          }
        }
      }
      return sum;
    } catch (IOException e) {
      throw new AssertionError("GET /q/metrics", e);
    }
  }
}

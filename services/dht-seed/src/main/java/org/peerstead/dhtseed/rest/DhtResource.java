package org.peerstead.dhtseed.rest;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.peerstead.dhtseed.DhtSeed;
import org.peerstead.dhtseed.DhtSeedService;
import org.peerstead.dhtseed.NodeAndNetwork.Found;
import org.peerstead.dhtseed.TopicHash;
import org.peerstead.discovery.hyperdht.core.HyperdhtNode;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * {@code /api/v1/dht}. Topics, hashes and keys are accepted in z-base-32 and hexadecimal; a topic
 * may also be {@code name:TEXT}, see {@link TopicHash}.
 */
@Path("/api/v1/dht")
@Blocking
@Tag(name = "dht")
public class DhtResource {
  /** Begins a topic that is given by its name. */
  static final String NAME_PREFIX = "name:";

  /** Sequence numbers end here: 2^53 - 1. */
  private static final long MAX_SEQ = (1L << 53) - 1;

  private final DhtSeedService service;

  /** Asks {@code service}. */
  public DhtResource(DhtSeedService service) {
    this.service = service;
  }

  /** How the node is. */
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Address, reachability, routing table, stores, traffic and warnings")
  public DhtViews.StatusJson status() {
    DhtSeed seed = seed();
    return Problems.guard(() -> DhtViews.StatusJson.of(seed, seed.status()));
  }

  /** The routing table. */
  @GET
  @Path("/nodes")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Other nodes that this one knows")
  public DhtViews.NodesJson nodes() {
    long now = System.nanoTime();
    return new DhtViews.NodesJson(
        Problems.guard(seed()::nodes).stream()
            .map(node -> DhtViews.NodeJson.of(node, now))
            .toList());
  }

  /** Searches for the peers of a topic. */
  @GET
  @Path("/topics/{topic}")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Search for the peers of a topic, in the network and at this node")
  public DhtViews.LookupJson lookup(
      @Parameter(description = "hexadecimal, z-base-32, or name:TEXT") @PathParam("topic")
          String text) {
    Fixed32 topic = topic(text);
    return DhtViews.LookupJson.of(topic, Problems.guard(() -> seed().lookup(topic)));
  }

  /** Announces. */
  @PUT
  @Path("/topics/{topic}/announcement")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary =
          "Announce this node as a peer of a topic, again every five minutes until it is taken"
              + " back or the node stops")
  public DhtViews.AnnouncedJson announce(@PathParam("topic") String text) {
    Fixed32 topic = topic(text);
    return announced(topic, Problems.guard(() -> seed().announce(topic)));
  }

  /** Takes an announcement back. */
  @DELETE
  @Path("/topics/{topic}/announcement")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Take the announcement of this node back")
  public DhtViews.AnnouncedJson unannounce(@PathParam("topic") String text) {
    Fixed32 topic = topic(text);
    return announced(topic, Problems.guard(() -> seed().unannounce(topic)));
  }

  private DhtViews.AnnouncedJson announced(Fixed32 topic, Found found) {
    return new DhtViews.AnnouncedJson(
        topic.toString(), KeyText.encode(seed().publicKey()), found.storedAt());
  }

  /** What is kept announced. */
  @GET
  @Path("/announcements")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "The topics that this node keeps announced")
  public DhtViews.AnnouncementsJson announcements() {
    return new DhtViews.AnnouncementsJson(
        seed().announcements().stream().map(DhtViews.AnnouncementJson::of).toList());
  }

  /** Stores a value under its hash. */
  @POST
  @Path("/values")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Store a value for 48 hours; it is found by its hash")
  public DhtViews.StoredJson put(DhtViews.@Nullable ValueJson body) {
    Slice value = value(body);
    return DhtViews.StoredJson.of(Problems.guard(() -> seed().immutablePut(value)));
  }

  /** Finds a value by its hash. */
  @GET
  @Path("/values/{hash}")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "The value with this hash")
  public DhtViews.FoundValueJson get(@PathParam("hash") String text) {
    Fixed32 hash = key(text);
    Optional<Slice> value = Problems.guard(() -> seed().immutableGet(hash));
    return DhtViews.FoundValueJson.of(
        hash, value.orElseThrow(() -> Problems.of(404, "No node has a value with this hash.")));
  }

  /** Stores a value under this node's key. */
  @POST
  @Path("/mutable-values")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Store a value for 48 hours; it is found by this node's key")
  public DhtViews.MutableStoredJson putMutable(DhtViews.@Nullable ValueJson body) {
    Slice value = value(body);
    @Nullable Long seq = body == null ? null : body.seq();
    if (seq != null && (seq < 0 || seq > MAX_SEQ)) {
      throw Problems.of(400, "seq is " + seq + ", it must be 0 to 2^53 - 1.");
    }
    return DhtViews.MutableStoredJson.of(
        Problems.guard(() -> seed().mutablePut(value, Optional.ofNullable(seq))));
  }

  /** Finds the latest value of the owner of a key. */
  @GET
  @Path("/mutable-values/{key}")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "The latest value of the owner of a key")
  public DhtViews.FoundMutableJson getMutable(
      @PathParam("key") String text,
      @Parameter(description = "Older values are of no interest")
          @QueryParam("seq")
          @DefaultValue("0")
          long seq) {
    Fixed32 key = key(text);
    if (seq < 0 || seq > MAX_SEQ) {
      throw Problems.of(400, "seq is " + seq + ", it must be 0 to 2^53 - 1.");
    }
    return DhtViews.FoundMutableJson.of(
        key,
        Problems.guard(() -> seed().mutableGet(key, seq))
            .orElseThrow(() -> Problems.of(404, "No node has a value of this key.")));
  }

  private DhtSeed seed() {
    return service
        .seed()
        .orElseThrow(() -> Problems.of(503, "This process is no node of the DHT."));
  }

  private static Slice value(DhtViews.@Nullable ValueJson body) {
    byte[] bytes = body == null ? null : body.value();
    if (bytes == null || bytes.length == 0 || bytes.length > HyperdhtNode.MAX_VALUE_BYTES) {
      throw Problems.of(
          400, "A value has 1 to " + HyperdhtNode.MAX_VALUE_BYTES + " bytes (base64 in value).");
    }
    return Slice.of(bytes);
  }

  private static Fixed32 topic(String text) {
    if (text.startsWith(NAME_PREFIX) && text.length() > NAME_PREFIX.length()) {
      return TopicHash.ofName(text.substring(NAME_PREFIX.length()));
    }
    return key(text);
  }

  private static Fixed32 key(String text) {
    try {
      return KeyText.parse(text);
    } catch (CryptoException e) {
      throw Problems.of(400, "Neither z-base-32 nor hexadecimal: " + e.getMessage() + ".");
    }
  }
}

package org.peerstead.storagepeer.rest;

import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
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
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.Bytes;
import org.peerstead.events.CoreKey;
import org.peerstead.events.HttpFace;
import org.peerstead.events.LogReader;
import org.peerstead.hypercore.store.CoreAlias;
import org.peerstead.securestream.crypto.CryptoException;
import org.peerstead.securestream.crypto.KeyText;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;
import org.peerstead.storagepeer.CoreView;
import org.peerstead.storagepeer.FollowRequest;
import org.peerstead.storagepeer.PeerAddress;
import org.peerstead.storagepeer.StoragePeer;
import org.peerstead.storagepeer.StoragePeerService;
import org.peerstead.storagepeer.follow.FollowedCore;

/** {@code /api/v1/cores}. Keys are accepted in z-base-32, hexadecimal and behind pear://. */
@Path("/api/v1/cores")
@Blocking
@Tag(name = "cores")
public class CoresResource {
  /** Where the next page of blocks begins, when blocks come as bytes. */
  static final String NEXT = "Peerstead-Next-Block";

  /** Largest sum of blocks in one answer, in bytes; one block is always given. */
  static final int MAX_PAGE_BYTES = 4 << 20;

  private static final long DEFAULT_PAGE_BLOCKS = 1000;
  private static final long MAX_PAGE_BLOCKS = 100_000;

  private final StoragePeerService service;

  /** Asks {@code service}. */
  public CoresResource(StoragePeerService service) {
    this.service = service;
  }

  /** Lists cores. */
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "List cores, ascending by discovery key, or find the one made under a name")
  public CoreViews.CoreListJson list(
      @Parameter(description = "1 to 1000") @QueryParam("limit") @DefaultValue("100") int limit,
      @Parameter(description = "The next value of the previous page") @QueryParam("after")
          @Nullable String after,
      @Parameter(description = "Only the core that was made under this name") @QueryParam("name")
          @Nullable String name) {
    if (limit < 1 || limit > StoragePeer.MAX_PAGE_SIZE) {
      throw Problems.of(400, "limit is " + limit + ", it must be 1 to 1000.");
    }
    if (name != null) {
      List<CoreViews.CoreJson> found =
          Problems.guard(() -> {
            Optional<Fixed32> key = peer().keyOf(name(name));
            return key.isEmpty()
                ? List.<CoreViews.CoreJson>of()
                : peer().info(key.get()).stream().map(CoreViews.CoreJson::of).toList();
          });
      return new CoreViews.CoreListJson(found, null);
    }
    @Nullable Fixed32 start = after == null ? null : key(after);
    List<CoreView> page = Problems.guard(() -> peer().list(start, limit));
    return new CoreViews.CoreListJson(
        page.stream().map(CoreViews.CoreJson::of).toList(),
        page.size() < limit ? null : page.getLast().discoveryKey().toString());
  }

  /** Makes a core. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Make a core of this device under a name, or find the one of that name")
  public Response create(CoreViews.@Nullable CreateJson wish, @Context RoutingContext context) {
    String name = name(wish == null ? null : wish.name());
    boolean isNew = peer().keyOf(name).isEmpty();
    CoreView core = Problems.guard(() -> peer().create(name, owner(context)));
    return Response.status(isNew ? Response.Status.CREATED : Response.Status.OK)
        .location(URI.create("/api/v1/cores/" + KeyText.encode(core.key())))
        .entity(CoreViews.CoreJson.of(core))
        .build();
  }

  /** What is known of a core. */
  @GET
  @Path("/{key}")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Length, size, peers of a core, and why it is kept")
  public CoreViews.CoreJson info(@PathParam("key") String text) {
    Fixed32 key = key(text);
    return CoreViews.CoreJson.of(
        Problems.guard(() -> peer().info(key)).orElseThrow(Problems.absent(text)));
  }

  /** Deletes a core. */
  @DELETE
  @Path("/{key}")
  @Operation(summary = "Delete a core and its blocks; an own one is lost unless a peer has it")
  public Response delete(@PathParam("key") String text) {
    Fixed32 key = key(text);
    if (!Problems.guard(() -> peer().delete(key))) {
      throw Problems.notFound(text);
    }
    return Response.noContent().build();
  }

  /** Blocks as JSON or as bytes. */
  @GET
  @Path("/{key}/blocks")
  @Produces({MediaType.APPLICATION_JSON, MediaType.APPLICATION_OCTET_STREAM})
  @Operation(
      summary =
          "Blocks from..to as stored: base64 in JSON, or joined bytes (Accept:"
              + " application/octet-stream; the header Peerstead-Next-Block leads on)")
  public Response blocks(
      @PathParam("key") String text,
      @QueryParam("from") @DefaultValue("0") long from,
      @Parameter(description = "Behind the last block wanted") @QueryParam("to") @Nullable Long to,
      @Context HttpHeaders headers) {
    long end = to == null ? from + DEFAULT_PAGE_BLOCKS : to;
    if (from < 0 || end < from) {
      throw Problems.of(400, "from must be 0 or more, and to not less.");
    }
    long last = Math.min(end, from + MAX_PAGE_BLOCKS);
    var core = CoreKey.of(key(text).toBytes());
    LogReader.BlockRange range =
        peer().read(core, from, last, MAX_PAGE_BYTES).orElseThrow(Problems.absent(text));
    long reached = from + range.blocks().size();
    // Without a block the next one is not here: asking again would not lead on.
    @Nullable Long next = !range.blocks().isEmpty() && reached < range.length() ? reached : null;
    if (!wantsBytes(headers)) {
      return Response.ok(
              CoreViews.BlocksJson.of(text, range, next), MediaType.APPLICATION_JSON_TYPE)
          .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
          .build();
    }
    var joined = new ByteArrayOutputStream();
    for (Bytes block : range.blocks()) {
      joined.writeBytes(block.unsafeArray());
    }
    Response.ResponseBuilder response =
        Response.ok(joined.toByteArray(), MediaType.APPLICATION_OCTET_STREAM_TYPE)
            .header(HttpHeaders.VARY, HttpHeaders.ACCEPT);
    if (next != null) {
      response.header(NEXT, next);
    }
    return response.build();
  }

  private static boolean wantsBytes(HttpHeaders headers) {
    for (MediaType type : headers.getAcceptableMediaTypes()) {
      if (type.isCompatible(MediaType.APPLICATION_JSON_TYPE)) {
        return false;
      }
      if (type.isCompatible(MediaType.APPLICATION_OCTET_STREAM_TYPE)) {
        return true;
      }
    }
    return false;
  }

  /** Appends several blocks. */
  @POST
  @Path("/{key}/blocks")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Append blocks (base64) to a core of this device, all or none")
  public CoreViews.AppendedJson append(
      @PathParam("key") String text, CoreViews.@Nullable AppendJson body) {
    List<byte[]> blocks = body == null ? null : body.blocks();
    if (blocks == null || blocks.isEmpty() || blocks.contains(null)) {
      throw Problems.of(400, "blocks must be a list of at least one base64 text.");
    }
    return append(text, blocks.stream().map(Slice::of).toList());
  }

  /** Appends one block. */
  @POST
  @Path("/{key}/blocks")
  @Consumes(MediaType.APPLICATION_OCTET_STREAM)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Append the body as one block to a core of this device")
  public CoreViews.AppendedJson append(@PathParam("key") String text, byte[] block) {
    return append(text, List.of(Slice.of(block)));
  }

  private CoreViews.AppendedJson append(String text, List<Slice> blocks) {
    Fixed32 key = key(text);
    return CoreViews.AppendedJson.of(
        KeyText.encode(key), Problems.guard(() -> peer().append(key, blocks)));
  }

  /** Follows a core. */
  @PUT
  @Path("/{key}/follow")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Keep a core: everything it has and everything to come")
  public CoreViews.FollowJson follow(
      @PathParam("key") String text,
      CoreViews.@Nullable WishJson wish,
      @Context RoutingContext context) {
    var request = FollowRequest.of(key(text), owner(context));
    if (wish != null) {
      int priority = wish.priority() == null ? request.priority() : wish.priority();
      long maxBytes = wish.maxBytes() == null ? 0 : wish.maxBytes();
      if (priority < 0 || priority > FollowedCore.MAX_PRIORITY || maxBytes < 0) {
        throw Problems.of(400, "priority must be 0 to 2, and maxBytes 0 or more.");
      }
      request =
          request
              .withTerms(priority, maxBytes)
              .pinned(Boolean.TRUE.equals(wish.pinned()))
              .from(source(wish.source()));
    }
    FollowRequest complete = request;
    return CoreViews.FollowJson.of(Problems.guard(() -> peer().follow(complete)));
  }

  private static @Nullable PeerAddress source(@Nullable String text) {
    return text == null
        ? null
        : PeerAddress.parse(text)
            .orElseThrow(
                () -> Problems.of(400, "The source is neither host:port nor KEY@host:port."));
  }

  /** Unfollows a core. */
  @DELETE
  @Path("/{key}/follow")
  @Operation(summary = "No longer keep a core of somebody else, and delete its blocks")
  public Response unfollow(@PathParam("key") String text) {
    Fixed32 key = key(text);
    if (!Problems.guard(() -> peer().unfollow(key, null))) {
      throw Problems.of(404, "Core " + text + " is not followed.");
    }
    return Response.noContent().build();
  }

  /** Pins a core. */
  @PUT
  @Path("/{key}/pin")
  @Operation(summary = "Never give up the blocks of a kept core; fetch those that were given up")
  public Response pin(@PathParam("key") String text) {
    return pin(text, true);
  }

  /** Unpins a core. */
  @DELETE
  @Path("/{key}/pin")
  @Operation(summary = "Let the blocks of a kept core be given up when space runs out")
  public Response unpin(@PathParam("key") String text) {
    return pin(text, false);
  }

  private Response pin(String text, boolean isPinned) {
    Fixed32 key = key(text);
    if (Problems.guard(() -> peer().pin(key, isPinned)).isEmpty()) {
      throw Problems.of(404, "Core " + text + " is not kept.");
    }
    return Response.noContent().build();
  }

  /** Verifies a core. */
  @POST
  @Path("/{key}/verify")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Hash all blocks again and compare with the signed head")
  public CoreViews.VerificationJson verify(@PathParam("key") String text) {
    Fixed32 key = key(text);
    return CoreViews.VerificationJson.of(Problems.guard(() -> peer().verify(key)));
  }

  private StoragePeer peer() {
    return service.peer().orElseThrow(() -> Problems.of(503, "This process does not keep cores."));
  }

  private static String owner(RoutingContext context) {
    String principal = context.get(HttpFace.PRINCIPAL);
    if (principal == null) {
      throw new IllegalStateException("a request without principal");
    }
    return principal;
  }

  private static Fixed32 key(String text) {
    try {
      return KeyText.parse(text);
    } catch (CryptoException e) {
      throw Problems.of(400, "The key is neither z-base-32 nor hexadecimal: " + e.getMessage());
    }
  }

  private static String name(@Nullable String text) {
    if (text == null
        || text.isEmpty()
        || text.getBytes(StandardCharsets.UTF_8).length > CoreAlias.MAX_NAME_BYTES) {
      throw Problems.of(400, "A name has 1 to " + CoreAlias.MAX_NAME_BYTES + " bytes of UTF-8.");
    }
    return text;
  }
}

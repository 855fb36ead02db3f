package org.peerstead.gateway.rest;

import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.inject.Instance;
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
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import java.net.URI;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.Base58Check;
import org.peerstead.events.Bytes;
import org.peerstead.events.DocumentCommand;
import org.peerstead.events.DocumentCommandResult;
import org.peerstead.events.DocumentId;
import org.peerstead.events.DocumentReader;
import org.peerstead.events.DocumentReader.ReadResult;
import org.peerstead.events.Hash32;
import org.peerstead.gateway.access.RequestFilter;

/**
 * {@code /api/v1/documents}. Document ids are accepted in base58check, as {@code automerge:} URL
 * and as UUID; heads as hexadecimal or base58check, separated by commas or bars.
 */
@Path("/api/v1/documents")
@Blocking
@Tag(name = "documents")
public class DocumentsResource {
  /** Media type of Automerge files, besides {@code application/octet-stream}. */
  static final String AUTOMERGE = "application/vnd.automerge";

  private static final String FILE_SUFFIX = ".automerge";
  private static final int MAX_HEADS = 1024;

  private final Instance<DocumentReader> readers;
  private final DocumentCommands commands;

  /** Reads through the reader port, writes through commands. */
  public DocumentsResource(Instance<DocumentReader> readers, DocumentCommands commands) {
    this.readers = readers;
    this.commands = commands;
  }

  /** Lists documents. */
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "List documents with their sizes, ascending by id")
  public Views.DocumentListView list(
      @Parameter(description = "1 to 1000") @QueryParam("limit") @DefaultValue("100") int limit,
      @Parameter(description = "The next value of the previous page") @QueryParam("after")
          @Nullable String after) {
    if (limit < 1 || limit > DocumentReader.MAX_PAGE_SIZE) {
      throw Problem.exception(Status.BAD_REQUEST, "limit is " + limit + ", it must be 1 to 1000.");
    }
    Optional<DocumentId> start = Optional.ofNullable(after).map(DocumentsResource::documentId);
    return Views.DocumentListView.of(reader().list(start, limit));
  }

  /** Creates a document from JSON. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Create a document from a JSON object")
  public Response create(byte[] json, @Context RoutingContext context) {
    DocumentId document = DocumentId.random();
    return written(
        context, document, new DocumentCommand.CreateFromJson(Bytes.wrap(json)), Status.CREATED);
  }

  /** Creates a document from an Automerge file. */
  @POST
  @Consumes({MediaType.APPLICATION_OCTET_STREAM, AUTOMERGE})
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Create a document from an Automerge file, under a new id")
  public Response createFromFile(byte[] file, @Context RoutingContext context) {
    DocumentId document = DocumentId.random();
    return written(
        context, document, new DocumentCommand.ImportAutomerge(Bytes.wrap(file)), Status.CREATED);
  }

  /** A document as JSON or as Automerge file. */
  @GET
  @Path("/{id}")
  @Produces({MediaType.APPLICATION_JSON, MediaType.APPLICATION_OCTET_STREAM, AUTOMERGE})
  @Operation(
      summary = "A document as JSON, or as Automerge file (Accept, or the suffix .automerge)")
  public Response read(
      @PathParam("id") String id,
      @Parameter(description = "Show the state at these heads") @QueryParam("heads")
          @Nullable String heads,
      @Context HttpHeaders headers) {
    boolean hasSuffix = id.endsWith(FILE_SUFFIX);
    DocumentId document =
        documentId(hasSuffix ? id.substring(0, id.length() - FILE_SUFFIX.length()) : id);
    List<Hash32> at = heads(heads);
    if (!hasSuffix && !wantsFile(headers)) {
      return Response.ok(
              found(document, reader().json(document, at)), MediaType.APPLICATION_JSON_TYPE)
          .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
          .build();
    }
    Bytes file = found(document, reader().automerge(document, at));
    return Response.ok(file.unsafeArray(), AUTOMERGE)
        .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
        .header(
            HttpHeaders.CONTENT_DISPOSITION,
            "attachment; filename=\"" + document + FILE_SUFFIX + "\"")
        .build();
  }

  private static boolean wantsFile(HttpHeaders headers) {
    for (MediaType type : headers.getAcceptableMediaTypes()) {
      if (type.isCompatible(MediaType.APPLICATION_JSON_TYPE)) {
        return false;
      }
      String name = type.getType() + "/" + type.getSubtype();
      if (name.equals(MediaType.APPLICATION_OCTET_STREAM) || name.equals(AUTOMERGE)) {
        return true;
      }
    }
    return false;
  }

  /** What the list tells, of one document. */
  @GET
  @Path("/{id}/summary")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "Size, heads and times of a document")
  public Views.DocumentView summary(@PathParam("id") String id) {
    DocumentId document = documentId(id);
    return Views.DocumentView.of(found(document, reader().summary(document)));
  }

  /** The changes of a document. */
  @GET
  @Path("/{id}/history")
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(summary = "The changes of a document, dependencies first")
  public Views.HistoryView history(
      @PathParam("id") String id,
      @Parameter(description = "How many changes to skip") @QueryParam("offset") @DefaultValue("0")
          long offset,
      @Parameter(description = "1 to 1000") @QueryParam("limit") @DefaultValue("100") int limit) {
    if (limit < 1 || limit > DocumentReader.MAX_PAGE_SIZE || offset < 0) {
      throw Problem.exception(Status.BAD_REQUEST, "limit must be 1 to 1000, and offset 0 or more.");
    }
    DocumentId document = documentId(id);
    return Views.HistoryView.of(found(document, reader().history(document, offset, limit)), offset);
  }

  /** Creates a document from JSON under a given id. */
  @PUT
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Create a document from a JSON object under this id, or restore a deleted one")
  public Response createAs(
      @PathParam("id") String id, byte[] json, @Context RoutingContext context) {
    return written(
        context, documentId(id), new DocumentCommand.CreateFromJson(Bytes.wrap(json)), Status.OK);
  }

  /** Merges an Automerge file into a document. */
  @PUT
  @Path("/{id}")
  @Consumes({MediaType.APPLICATION_OCTET_STREAM, AUTOMERGE})
  @Produces(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Merge an Automerge file into this document; creates it, or restores a deleted one")
  public Response merge(@PathParam("id") String id, byte[] file, @Context RoutingContext context) {
    return written(
        context, documentId(id), new DocumentCommand.ImportAutomerge(Bytes.wrap(file)), Status.OK);
  }

  /** Deletes a document. */
  @DELETE
  @Path("/{id}")
  @Operation(summary = "Delete a document so that sync does not bring it back")
  public Response delete(@PathParam("id") String id, @Context RoutingContext context) {
    DocumentId document = documentId(id);
    done(
        document,
        commands.run(RequestFilter.principalOf(context), document, new DocumentCommand.Delete()));
    return Response.noContent().build();
  }

  private Response written(
      RoutingContext context, DocumentId document, DocumentCommand.Action action, Status status) {
    DocumentCommandResult result =
        done(document, commands.run(RequestFilter.principalOf(context), document, action));
    Response.ResponseBuilder response =
        Response.status(status).entity(Views.WrittenView.of(document, result.heads()));
    if (status == Status.CREATED) {
      response.location(URI.create("/api/v1/documents/" + document));
    }
    return response.build();
  }

  private static DocumentCommandResult done(DocumentId document, DocumentCommandResult result) {
    Status status =
        switch (result.outcome()) {
          case DONE -> null;
          case NOT_FOUND -> Status.NOT_FOUND;
          case ALREADY_EXISTS -> Status.CONFLICT;
          case MALFORMED -> Status.BAD_REQUEST;
          case DOCUMENT_TOO_LARGE -> Status.REQUEST_ENTITY_TOO_LARGE;
          case STORE_FULL, FAILED -> Status.SERVICE_UNAVAILABLE;
        };
    if (status == null) {
      return result;
    }
    if (result.outcome() == DocumentCommandResult.Outcome.STORE_FULL) {
      throw new WebApplicationException(
          Problem.response(InsufficientStorage.INSTANCE, result.detail()));
    }
    String detail =
        result.detail().isEmpty() ? "Document " + document + ": " + status : result.detail();
    throw Problem.exception(status, detail);
  }

  private DocumentReader reader() {
    if (!readers.isResolvable()) {
      throw Problem.exception(Status.SERVICE_UNAVAILABLE, "This process does not hold documents.");
    }
    return readers.get();
  }

  private static <T> T found(DocumentId document, ReadResult<T> result) {
    return switch (result) {
      case ReadResult.Found<T>(T value) -> value;
      case ReadResult.Absent<T> unused ->
          throw Problem.exception(Status.NOT_FOUND, "There is no document " + document + ".");
      case ReadResult.Deleted<T> unused ->
          throw Problem.exception(
              Status.GONE, "Document " + document + " was deleted; PUT restores it.");
      case ReadResult.UnknownHeads<T>(List<Hash32> heads) ->
          throw Problem.exception(
              Status.NOT_FOUND,
              "Document " + document + " has no change " + heads.getFirst() + ".");
      case ReadResult.Damaged<T>(String reason) ->
          throw Problem.exception(
              Status.INTERNAL_SERVER_ERROR,
              "Document " + document + " cannot be read back: " + reason);
      case ReadResult.Unavailable<T>(String reason) ->
          throw Problem.exception(Status.SERVICE_UNAVAILABLE, reason);
    };
  }

  private static DocumentId documentId(String text) {
    return DocumentId.parse(text)
        .orElseThrow(() ->
            Problem.exception(
                Status.BAD_REQUEST, "The document id is neither base58check nor a UUID."));
  }

  private static List<Hash32> heads(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return List.of();
    }
    List<Hash32> heads = new ArrayList<>();
    for (String part : text.split("[,|]")) {
      if (heads.size() == MAX_HEADS) {
        throw Problem.exception(Status.BAD_REQUEST, "More than " + MAX_HEADS + " heads.");
      }
      heads.add(head(part.strip()));
    }
    return heads;
  }

  private static Hash32 head(String text) {
    try {
      byte[] hash =
          text.length() == 2 * Hash32.SIZE
              ? HexFormat.of().parseHex(text)
              : Base58Check.decode(text).orElse(new byte[0]);
      return Hash32.of(hash);
    } catch (IllegalArgumentException e) {
      throw Problem.exception(
          Status.BAD_REQUEST, "A head is 64 hexadecimal digits, or base58check of 32 bytes.");
    }
  }

  /** HTTP status 507, which JAX-RS does not list. */
  private enum InsufficientStorage implements Response.StatusType {
    INSTANCE;

    @Override
    public int getStatusCode() {
      return 507;
    }

    @Override
    public Status.Family getFamily() {
      return Status.Family.SERVER_ERROR;
    }

    @Override
    public String getReasonPhrase() {
      return "Insufficient Storage";
    }
  }
}

package org.peerstead.gateway.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peerstead.events.Bytes;
import org.peerstead.gateway.wire.MalformedFrameException.Reason;

/**
 * Frames of automerge-repo 2.5.6.
 *
 * <table>
 * <caption>Fields by message type, in the order 2.5.6 writes them; any order is read</caption>
 * <tr><th>type</th><th>fields</th></tr>
 * <tr><td>join</td><td>senderId, peerMetadata{storageId?, isEphemeral},
 *     supportedProtocolVersions?[text]</td></tr>
 * <tr><td>peer</td><td>senderId, peerMetadata, selectedProtocolVersion, targetId</td></tr>
 * <tr><td>error</td><td>senderId, message, targetId</td></tr>
 * <tr><td>leave</td><td>senderId</td></tr>
 * <tr><td>sync</td><td>targetId, data, documentId, senderId</td></tr>
 * <tr><td>request</td><td>targetId, documentId, data, senderId</td></tr>
 * <tr><td>doc-unavailable</td><td>documentId, targetId, senderId</td></tr>
 * <tr><td>ephemeral</td><td>targetId, documentId, data, count, sessionId, senderId</td></tr>
 * <tr><td>remote-subscription-change</td><td>targetId, add?[text], remove?[text], senderId</td></tr>
 * <tr><td>remote-heads-changed</td><td>targetId, documentId,
 *     newHeads{storageId: {heads[text], timestamp}}, senderId</td></tr>
 * </table>
 *
 * <p>Unknown fields are skipped, {@code null} and {@code undefined} count as absent. Differs from
 * cbor-x 1.6: a field that occurs twice, text that is not UTF-8 and fractional or negative numbers
 * are refused, because two readers could take them for different messages. Stateless.
 */
public final class RepoFrameCodec {
  /** Bound on peer ids and session ids, in bytes; 2.5.6 makes about 16. */
  public static final int MAX_PEER_ID_BYTES = 256;

  /** Bound on storage ids, in bytes; 2.5.6 makes 36. */
  public static final int MAX_STORAGE_ID_BYTES = 256;

  /** Bound on document ids, in bytes; 32-byte ids have 50. */
  public static final int MAX_DOCUMENT_ID_BYTES = 128;

  /** Bound on the text of an error message, in bytes. */
  public static final int MAX_ERROR_BYTES = 4096;

  /** Bound on the protocol versions of a join. */
  public static final int MAX_VERSIONS = 32;

  /** Bound on the storage ids in one message. */
  public static final int MAX_STORAGE_IDS = 1024;

  /** Bound on the heads of one storage in one message. */
  public static final int MAX_HEADS = 1024;

  private static final int MAX_SHORT_TEXT_BYTES = 128;
  private static final int MAX_FIELD_NAME_BYTES = 256;

  private RepoFrameCodec() {}

  /**
   * Reads one frame.
   *
   * @param frame payload of a binary WebSocket frame; not kept
   * @throws MalformedFrameException with the reason; {@link Reason#UNKNOWN_TYPE} is the one a
   *     session may ignore
   */
  public static RepoMessage decode(byte[] frame) throws MalformedFrameException {
    if (frame.length == 0) {
      throw new MalformedFrameException(Reason.EMPTY, "the frame has no bytes");
    }
    Fields fields = new Fields();
    var reader = new CborReader(frame);
    String type = readType(reader);
    reader.seek(0);
    int size = reader.enterMap(Reason.NOT_A_MAP, "the frame");
    boolean isKnownType = isKnown(type);
    for (int read = 0; reader.hasNext(size, read); read++) {
      if (!isKnownType || !reader.isText()) {
        reader.skip();
        reader.skip();
      } else {
        fields.read(reader.text(MAX_FIELD_NAME_BYTES, "a field name"), reader);
      }
    }
    if (!reader.atEnd()) {
      throw new MalformedFrameException(
          Reason.TRAILING_BYTES, "bytes follow the message at " + reader.offset());
    }
    return fields.toMessage(type);
  }

  /** Looks the type up first, so that fields of types we do not know are never judged. */
  private static String readType(CborReader reader) throws MalformedFrameException {
    int size = reader.enterMap(Reason.NOT_A_MAP, "the frame");
    for (int read = 0; reader.hasNext(size, read); read++) {
      if (!reader.isText()) {
        reader.skip();
      } else if (reader.text(MAX_FIELD_NAME_BYTES, "a field name").equals("type")) {
        return reader.text(MAX_SHORT_TEXT_BYTES, "type");
      }
      reader.skip();
    }
    throw new MalformedFrameException(Reason.MISSING_FIELD, "type is missing");
  }

  private static boolean isKnown(String type) {
    return switch (type) {
      case "join",
          "peer",
          "error",
          "leave",
          "sync",
          "request",
          "doc-unavailable",
          "ephemeral",
          "remote-subscription-change",
          "remote-heads-changed" ->
          true;
      default -> false;
    };
  }

  /** The known fields of one frame; each message type takes the ones it needs. */
  private static final class Fields {
    private final Map<String, Object> values = new LinkedHashMap<>();

    private void read(String name, CborReader reader) throws MalformedFrameException {
      if (reader.skipAbsent()) {
        return;
      }
      @Nullable Object value =
          switch (name) {
            case "type" -> reader.text(MAX_SHORT_TEXT_BYTES, name);
            case "senderId", "targetId", "sessionId" -> reader.text(MAX_PEER_ID_BYTES, name);
            case "documentId" -> reader.text(MAX_DOCUMENT_ID_BYTES, name);
            case "message" -> reader.text(MAX_ERROR_BYTES, name);
            case "selectedProtocolVersion" -> reader.text(MAX_SHORT_TEXT_BYTES, name);
            case "supportedProtocolVersions" ->
                texts(reader, MAX_VERSIONS, MAX_SHORT_TEXT_BYTES, name);
            case "add", "remove" -> texts(reader, MAX_STORAGE_IDS, MAX_STORAGE_ID_BYTES, name);
            case "data" -> Bytes.wrap(reader.bytes(name));
            case "count" -> reader.number(name);
            case "peerMetadata" -> metadata(reader);
            case "newHeads" -> newHeads(reader);
            default -> null;
          };
      if (value == null) {
        reader.skip();
      } else if (values.put(name, value) != null) {
        throw new MalformedFrameException(Reason.DUPLICATE_FIELD, name + " occurs twice");
      }
    }

    private RepoMessage toMessage(String type) throws MalformedFrameException {
      return switch (type) {
        case "join" ->
            new RepoMessage.Join(
                text("senderId"), optionalMetadata(), optionalTexts("supportedProtocolVersions"));
        case "peer" ->
            new RepoMessage.Peer(
                text("senderId"),
                optionalMetadata(),
                text("selectedProtocolVersion"),
                text("targetId"));
        case "error" -> new RepoMessage.Error(text("senderId"), text("message"), text("targetId"));
        case "leave" -> new RepoMessage.Leave(text("senderId"));
        case "sync" ->
            new RepoMessage.Sync(text("senderId"), text("targetId"), text("documentId"), data());
        case "request" ->
            new RepoMessage.Request(text("senderId"), text("targetId"), text("documentId"), data());
        case "doc-unavailable" ->
            new RepoMessage.DocUnavailable(text("senderId"), text("targetId"), text("documentId"));
        case "ephemeral" ->
            new RepoMessage.Ephemeral(
                text("senderId"),
                text("targetId"),
                text("documentId"),
                data(),
                required("count", Long.class),
                text("sessionId"));
        case "remote-subscription-change" -> {
          List<String> add = optionalTexts("add");
          List<String> remove = optionalTexts("remove");
          yield new RepoMessage.RemoteSubscriptionChange(
              text("senderId"),
              text("targetId"),
              add == null ? List.of() : add,
              remove == null ? List.of() : remove);
        }
        case "remote-heads-changed" ->
            new RepoMessage.RemoteHeadsChanged(
                text("senderId"),
                text("targetId"),
                text("documentId"),
                required("newHeads", NewHeads.class).byStorage());
        default ->
            throw new MalformedFrameException(
                Reason.UNKNOWN_TYPE, "unknown message type of " + type.length() + " characters");
      };
    }

    private <T> T required(String name, Class<T> type) throws MalformedFrameException {
      Object value = values.get(name);
      if (value == null) {
        throw new MalformedFrameException(Reason.MISSING_FIELD, name + " is missing");
      }
      return type.cast(value);
    }

    private String text(String name) throws MalformedFrameException {
      return required(name, String.class);
    }

    private Bytes data() throws MalformedFrameException {
      Bytes data = required("data", Bytes.class);
      if (data.size() == 0) {
        throw new MalformedFrameException(Reason.EMPTY_DATA, "data has no bytes");
      }
      return data;
    }

    private PeerMetadata optionalMetadata() {
      return values.get("peerMetadata") instanceof PeerMetadata metadata
          ? metadata
          : PeerMetadata.NONE;
    }

    private @Nullable List<String> optionalTexts(String name) {
      return values.get(name) instanceof Texts texts ? texts.items() : null;
    }
  }

  private record Texts(List<String> items) {}

  private record NewHeads(Map<String, RemoteHeads> byStorage) {}

  private static Texts texts(CborReader reader, int maxItems, int maxBytes, String what)
      throws MalformedFrameException {
    int size = reader.enterArray(what);
    List<String> items = new ArrayList<>();
    for (int read = 0; reader.hasNext(size, read); read++) {
      if (read == maxItems) {
        throw new MalformedFrameException(
            Reason.FIELD_TOO_LONG, what + " has more than " + maxItems + " entries");
      }
      items.add(reader.text(maxBytes, what));
    }
    return new Texts(items);
  }

  private static PeerMetadata metadata(CborReader reader) throws MalformedFrameException {
    int size = reader.enterMap(Reason.WRONG_FIELD_TYPE, "peerMetadata");
    String storageId = null;
    boolean isEphemeral = false;
    for (int read = 0; reader.hasNext(size, read); read++) {
      String name = reader.text(MAX_STORAGE_ID_BYTES, "a field name in peerMetadata");
      if (reader.skipAbsent()) {
        continue;
      }
      switch (name) {
        case "storageId" -> storageId = reader.text(MAX_STORAGE_ID_BYTES, "storageId");
        case "isEphemeral" -> isEphemeral = reader.bool("isEphemeral");
        default -> reader.skip();
      }
    }
    return new PeerMetadata(storageId, isEphemeral);
  }

  private static NewHeads newHeads(CborReader reader) throws MalformedFrameException {
    int size = reader.enterMap(Reason.WRONG_FIELD_TYPE, "newHeads");
    Map<String, RemoteHeads> byStorage = new LinkedHashMap<>();
    for (int read = 0; reader.hasNext(size, read); read++) {
      if (read == MAX_STORAGE_IDS) {
        throw new MalformedFrameException(
            Reason.FIELD_TOO_LONG, "newHeads has more than " + MAX_STORAGE_IDS + " entries");
      }
      String storageId = reader.text(MAX_STORAGE_ID_BYTES, "a storage id in newHeads");
      byStorage.put(storageId, remoteHeads(reader));
    }
    return new NewHeads(byStorage);
  }

  private static RemoteHeads remoteHeads(CborReader reader) throws MalformedFrameException {
    int size = reader.enterMap(Reason.WRONG_FIELD_TYPE, "an entry of newHeads");
    List<String> heads = null;
    long timestampMillis = -1;
    for (int read = 0; reader.hasNext(size, read); read++) {
      switch (reader.text(MAX_STORAGE_ID_BYTES, "a field name in newHeads")) {
        case "heads" -> heads = texts(reader, MAX_HEADS, MAX_DOCUMENT_ID_BYTES, "heads").items();
        case "timestamp" -> timestampMillis = reader.number("timestamp");
        default -> reader.skip();
      }
    }
    if (heads == null || timestampMillis < 0) {
      throw new MalformedFrameException(
          Reason.MISSING_FIELD, "heads or timestamp is missing in newHeads");
    }
    return new RemoteHeads(heads, timestampMillis);
  }

  /** Writes the frame automerge-repo 2.5.6 would write for this message, byte for byte. */
  public static byte[] encode(RepoMessage message) {
    return switch (message) {
      case RepoMessage.Join m -> {
        List<String> versions = m.supportedProtocolVersions();
        CborWriter writer =
            start("join", versions == null ? 3 : 4, 256)
                .text("senderId")
                .text(m.senderId())
                .text("peerMetadata");
        write(writer, m.metadata());
        if (versions != null) {
          writer.text("supportedProtocolVersions");
          write(writer, versions);
        }
        yield writer.toBytes();
      }
      case RepoMessage.Peer m -> {
        CborWriter writer =
            start("peer", 5, 256).text("senderId").text(m.senderId()).text("peerMetadata");
        write(writer, m.metadata());
        yield writer
            .text("selectedProtocolVersion")
            .text(m.selectedProtocolVersion())
            .text("targetId")
            .text(m.targetId())
            .toBytes();
      }
      case RepoMessage.Error m ->
          start("error", 4, 256)
              .text("senderId")
              .text(m.senderId())
              .text("message")
              .text(m.message())
              .text("targetId")
              .text(m.targetId())
              .toBytes();
      case RepoMessage.Leave m ->
          start("leave", 2, 64).text("senderId").text(m.senderId()).toBytes();
      case RepoMessage.Sync m ->
          start("sync", 5, 256 + m.data().size())
              .text("targetId")
              .text(m.targetId())
              .text("data")
              .bytes(m.data().unsafeArray())
              .text("documentId")
              .text(m.documentId())
              .text("senderId")
              .text(m.senderId())
              .toBytes();
      case RepoMessage.Request m ->
          start("request", 5, 256 + m.data().size())
              .text("targetId")
              .text(m.targetId())
              .text("documentId")
              .text(m.documentId())
              .text("data")
              .bytes(m.data().unsafeArray())
              .text("senderId")
              .text(m.senderId())
              .toBytes();
      case RepoMessage.DocUnavailable m ->
          start("doc-unavailable", 4, 256)
              .text("documentId")
              .text(m.documentId())
              .text("targetId")
              .text(m.targetId())
              .text("senderId")
              .text(m.senderId())
              .toBytes();
      case RepoMessage.Ephemeral m ->
          start("ephemeral", 7, 256 + m.data().size())
              .text("targetId")
              .text(m.targetId())
              .text("documentId")
              .text(m.documentId())
              .text("data")
              .bytes(m.data().unsafeArray())
              .text("count")
              .number(m.count())
              .text("sessionId")
              .text(m.sessionId())
              .text("senderId")
              .text(m.senderId())
              .toBytes();
      case RepoMessage.RemoteSubscriptionChange m -> {
        CborWriter writer =
            start("remote-subscription-change", 5, 256).text("targetId").text(m.targetId());
        writeOrUndefined(writer.text("add"), m.add());
        writeOrUndefined(writer.text("remove"), m.remove());
        yield writer.text("senderId").text(m.senderId()).toBytes();
      }
      case RepoMessage.RemoteHeadsChanged m -> {
        CborWriter writer =
            start("remote-heads-changed", 5, 512)
                .text("targetId")
                .text(m.targetId())
                .text("documentId")
                .text(m.documentId())
                .text("newHeads")
                .map(m.newHeads().size());
        m.newHeads()
            .forEach((storageId, heads) -> {
              writer.text(storageId).map(2).text("heads");
              write(writer, heads.heads());
              writer.text("timestamp").number(heads.timestampMillis());
            });
        yield writer.text("senderId").text(m.senderId()).toBytes();
      }
    };
  }

  private static CborWriter start(String type, int fields, int expectedBytes) {
    return new CborWriter(expectedBytes).map(fields).text("type").text(type);
  }

  private static void write(CborWriter writer, PeerMetadata metadata) {
    writer.map(2).text("storageId");
    String storageId = metadata.storageId();
    if (storageId == null) {
      writer.undefined();
    } else {
      writer.text(storageId);
    }
    writer.text("isEphemeral").bool(metadata.isEphemeral());
  }

  private static void write(CborWriter writer, List<String> texts) {
    writer.array(texts.size());
    texts.forEach(writer::text);
  }

  private static void writeOrUndefined(CborWriter writer, List<String> texts) {
    if (texts.isEmpty()) {
      writer.undefined();
    } else {
      write(writer, texts);
    }
  }
}

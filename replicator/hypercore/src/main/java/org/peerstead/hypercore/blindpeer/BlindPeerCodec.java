package org.peerstead.hypercore.blindpeer;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.hypercore.wire.MalformedMessageException;
import org.peerstead.securestream.encoding.CompactReader;
import org.peerstead.securestream.encoding.CompactWriter;
import org.peerstead.securestream.encoding.EncodingException;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Messages to bytes and back. Stateless and thread-safe.
 *
 * <table>
 * <caption>Layout in compact encoding; [x] only with its flag</caption>
 * <tr><th>message</th><th>fields</th></tr>
 * <tr><td>cores</td><td>uint flags (1 referrer, 2 priority, 4 announce), [fixed32 referrer], [uint
 * priority], array of fixed32 key and uint length</td></tr>
 * <tr><td>add-core</td><td>uint flags (1 referrer, 2 and 4 deprecated keys, 8 priority, 16
 * announce), fixed32 key, [fixed32 referrer], [fixed32], [fixed32], [uint priority]</td></tr>
 * <tr><td>kept core</td><td>fixed32 key, uint length, uint stored bytes, uint updated, uint active,
 * uint priority, uint flags (1 announce, 2 referrer, 4 cleared blocks, 8 cleared bytes), [fixed32
 * referrer], [uint cleared blocks], [uint cleared bytes]</td></tr>
 * <tr><td>request</td><td>uint id, string method, raw value</td></tr>
 * <tr><td>response</td><td>byte flags (1 error, 2 code, 4 cause, 8 context), uint id, raw value, or
 * string message, [string code], [string cause, string code of the cause, [string
 * context]]</td></tr>
 * </table>
 */
public final class BlindPeerCodec {
  /** Protocol of the channel on which clients tell their cores; it has no id. */
  public static final String BLIND_PEER = "blind-peer";

  /** Protocol of the channel for methods; its id is the public key of the server. */
  public static final String RPC = "protomux-rpc";

  /** Method of {@link AddCore}. */
  public static final String ADD_CORE = "add-core";

  /** Method that takes a key and answers whether the core was kept. */
  public static final String DELETE_CORE = "delete-core";

  /** Cores in one message; npm's clients send 12 at most. */
  public static final int MAX_CORES = 1_024;

  /** Longest name of a method in bytes. */
  public static final int MAX_METHOD_BYTES = 256;

  /** Longest text of a failure in bytes. */
  public static final int MAX_TEXT_BYTES = 4_096;

  private static final int CORES_REFERRER = 1;
  private static final int CORES_PRIORITY = 2;
  private static final int CORES_ANNOUNCE = 4;

  private static final int ADD_REFERRER = 1;
  private static final int ADD_AUTOBASE = 2;
  private static final int ADD_AUTOBASE_BLOCK_KEY = 4;
  private static final int ADD_PRIORITY = 8;
  private static final int ADD_ANNOUNCE = 16;

  private static final int KEPT_ANNOUNCE = 1;
  private static final int KEPT_REFERRER = 2;
  private static final int KEPT_CLEARED_BLOCKS = 4;
  private static final int KEPT_CLEARED_BYTES = 8;

  private static final int FAILED = 1;
  private static final int HAS_CODE = 2;
  private static final int HAS_CAUSE = 4;
  private static final int HAS_CONTEXT = 8;

  private BlindPeerCodec() {}

  /** Payload of message 0 of {@link #BLIND_PEER}. */
  public static Slice encode(CoresAnnouncement message) {
    @Nullable Fixed32 referrer = message.referrer();
    var writer =
        new CompactWriter()
            .uint(
                (referrer != null ? CORES_REFERRER : 0)
                    | (message.priority() != 0 ? CORES_PRIORITY : 0)
                    | (message.isAnnounced() ? CORES_ANNOUNCE : 0));
    if (referrer != null) {
      writer.fixed32(referrer);
    }
    if (message.priority() != 0) {
      writer.uint(message.priority());
    }
    return writer
        .array(message.cores(), (out, core) -> out.fixed32(core.key()).uint(core.length()))
        .toSlice();
  }

  /** Reads message 0 of {@link #BLIND_PEER}. */
  public static CoresAnnouncement decodeCores(Slice payload) throws MalformedMessageException {
    CompactReader reader = payload.reader();
    try {
      long flags = reader.uint();
      @Nullable Fixed32 referrer = (flags & CORES_REFERRER) != 0 ? reader.fixed32() : null;
      long priority = (flags & CORES_PRIORITY) != 0 ? reader.uint() : 0;
      List<CoresAnnouncement.ClientCore> cores =
          reader.array(MAX_CORES, in -> new CoresAnnouncement.ClientCore(in.fixed32(), in.uint()));
      return new CoresAnnouncement(referrer, priority, (flags & CORES_ANNOUNCE) != 0, cores);
    } catch (EncodingException e) {
      throw new MalformedMessageException(0, "cores: " + e.getMessage());
    }
  }

  /** Value of a request for {@link #ADD_CORE}. */
  public static Slice encode(AddCore request) {
    @Nullable Fixed32 referrer = request.referrer();
    var writer =
        new CompactWriter()
            .uint(
                (referrer != null ? ADD_REFERRER : 0)
                    | (request.priority() != 0 ? ADD_PRIORITY : 0)
                    | (request.isAnnounced() ? ADD_ANNOUNCE : 0))
            .fixed32(request.key());
    if (referrer != null) {
      writer.fixed32(referrer);
    }
    if (request.priority() != 0) {
      writer.uint(request.priority());
    }
    return writer.toSlice();
  }

  /** Reads the value of a request for {@link #ADD_CORE}. */
  public static AddCore decodeAddCore(Slice value) throws MalformedMessageException {
    CompactReader reader = value.reader();
    try {
      long flags = reader.uint();
      Fixed32 key = reader.fixed32();
      @Nullable Fixed32 referrer = (flags & ADD_REFERRER) != 0 ? reader.fixed32() : null;
      if ((flags & ADD_AUTOBASE) != 0) {
        reader.fixed32();
      }
      if ((flags & ADD_AUTOBASE_BLOCK_KEY) != 0) {
        reader.fixed32();
      }
      long priority = (flags & ADD_PRIORITY) != 0 ? reader.uint() : 0;
      return new AddCore(key, referrer, priority, (flags & ADD_ANNOUNCE) != 0);
    } catch (EncodingException e) {
      throw new MalformedMessageException(0, "add-core: " + e.getMessage());
    }
  }

  /** Value of the answer to {@link #ADD_CORE}. */
  public static Slice encode(KeptCore core) {
    @Nullable Fixed32 referrer = core.referrer();
    var writer =
        new CompactWriter()
            .fixed32(core.key())
            .uint(core.length())
            .uint(core.storedBytes())
            .uint(core.updatedMillis())
            .uint(core.activeMillis())
            .uint(core.priority())
            .uint(
                (core.isAnnounced() ? KEPT_ANNOUNCE : 0)
                    | (referrer != null ? KEPT_REFERRER : 0)
                    | (core.clearedBlocks() != 0 ? KEPT_CLEARED_BLOCKS : 0)
                    | (core.clearedBytes() != 0 ? KEPT_CLEARED_BYTES : 0));
    if (referrer != null) {
      writer.fixed32(referrer);
    }
    if (core.clearedBlocks() != 0) {
      writer.uint(core.clearedBlocks());
    }
    if (core.clearedBytes() != 0) {
      writer.uint(core.clearedBytes());
    }
    return writer.toSlice();
  }

  /** Reads the value of the answer to {@link #ADD_CORE}. */
  public static KeptCore decodeKeptCore(Slice value) throws MalformedMessageException {
    CompactReader reader = value.reader();
    try {
      Fixed32 key = reader.fixed32();
      long length = reader.uint();
      long storedBytes = reader.uint();
      long updated = reader.uint();
      long active = reader.uint();
      long priority = reader.uint();
      long flags = reader.uint();
      return new KeptCore(
          key,
          length,
          storedBytes,
          updated,
          active,
          priority,
          (flags & KEPT_ANNOUNCE) != 0,
          (flags & KEPT_REFERRER) != 0 ? reader.fixed32() : null,
          (flags & KEPT_CLEARED_BLOCKS) != 0 ? reader.uint() : 0,
          (flags & KEPT_CLEARED_BYTES) != 0 ? reader.uint() : 0);
    } catch (EncodingException e) {
      throw new MalformedMessageException(1, "kept core: " + e.getMessage());
    }
  }

  /** Value of a request for {@link #DELETE_CORE}. */
  public static Slice encodeKey(Fixed32 key) {
    return key.toSlice();
  }

  /** Reads the value of a request for {@link #DELETE_CORE}. */
  public static Fixed32 decodeKey(Slice value) throws MalformedMessageException {
    try {
      return value.reader().fixed32();
    } catch (EncodingException e) {
      throw new MalformedMessageException(0, "delete-core: " + e.getMessage());
    }
  }

  /** Value of the answer to {@link #DELETE_CORE}. */
  public static Slice encodeBoolean(boolean value) {
    return new CompactWriter(1).bool(value).toSlice();
  }

  /** Payload of a message of {@link #RPC}; its number is {@link RpcMessage#type}. */
  public static Slice encode(RpcMessage message) {
    return switch (message) {
      case RpcMessage.Request(long id, String method, Slice value) ->
          new CompactWriter().uint(id).string(method).raw(value).toSlice();
      case RpcMessage.Success(long id, Slice value) ->
          new CompactWriter().uint8(0).uint(id).raw(value).toSlice();
      case RpcMessage.Failure(long id, String text, String code, String cause) -> {
        var writer =
            new CompactWriter()
                .uint8(FAILED | (code.isEmpty() ? 0 : HAS_CODE) | (cause.isEmpty() ? 0 : HAS_CAUSE))
                .uint(id)
                .string(text);
        if (!code.isEmpty()) {
          writer.string(code);
        }
        if (!cause.isEmpty()) {
          // The cause's own code: none.
          writer.string(cause).string("");
        }
        yield writer.toSlice();
      }
    };
  }

  /**
   * Reads a message of {@link #RPC}.
   *
   * @param type 0 or 1
   */
  public static RpcMessage decodeRpc(int type, Slice payload) throws MalformedMessageException {
    CompactReader reader = payload.reader();
    try {
      return switch (type) {
        case 0 ->
            new RpcMessage.Request(reader.uint(), reader.string(MAX_METHOD_BYTES), reader.raw());
        case 1 -> {
          int flags = reader.uint8();
          long id = reader.uint();
          if ((flags & FAILED) == 0) {
            yield new RpcMessage.Success(id, reader.raw());
          }
          String text = reader.string(MAX_TEXT_BYTES);
          String code = (flags & HAS_CODE) != 0 ? reader.string(MAX_TEXT_BYTES) : "";
          String cause = (flags & HAS_CAUSE) != 0 ? reader.string(MAX_TEXT_BYTES) : "";
          if ((flags & HAS_CAUSE) != 0) {
            reader.string(MAX_TEXT_BYTES);
          }
          if ((flags & HAS_CONTEXT) != 0) {
            reader.string(MAX_TEXT_BYTES);
          }
          yield new RpcMessage.Failure(id, text, code, cause);
        }
        default -> throw new MalformedMessageException(type, "no message of protomux-rpc");
      };
    } catch (EncodingException e) {
      throw new MalformedMessageException(type, "protomux-rpc: " + e.getMessage());
    }
  }
}

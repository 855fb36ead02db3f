package org.peerstead.discovery.rpc.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.discovery.rpc.wire.MalformedPacketException.Reason;
import org.peerstead.securestream.encoding.Fixed32;
import org.peerstead.securestream.encoding.Slice;

/**
 * Bytes of dht-rpc packets, version 3. Stateless and thread-safe.
 *
 * <pre>
 * 0  type &lt;&lt; 4 | version: 0x03 request, 0x13 response
 * 1  flags            request: 1 id, 2 token, 4 internal, 8 target, 16 value
 *                     response: 1 id, 2 token, 4 closer nodes, 8 error, 16 value
 * 2  transaction, 2 bytes little endian
 * 4  to, 6 bytes
 * 10 id (32), token (32)
 *    request: command (uint), target (32), value (buffer)
 *    response: closer nodes (uint count, 6 bytes each), error (uint), value (buffer)
 * </pre>
 *
 * Bytes after the last field are ignored, as npm does: they are room for later versions.
 */
public final class RpcCodec {
  /** Longest packet that is taken or made, in bytes: what an Ethernet carries in one datagram. */
  public static final int MAX_PACKET_BYTES = 1_472;

  /** Closer nodes of one response that are read; npm sends 20. */
  public static final int MAX_CLOSER_NODES = 40;

  private static final int REQUEST = 0x03;
  private static final int RESPONSE = 0x13;
  private static final int HEADER_BYTES = 10;
  private static final long MAX_UINT = (1L << 53) - 1;

  private static final int ID = 1;
  private static final int TOKEN = 2;
  private static final int INTERNAL = 4;
  private static final int TARGET = 8;
  private static final int CLOSER_NODES = 4;
  private static final int ERROR = 8;
  private static final int VALUE = 16;

  private RpcCodec() {}

  /** The bytes of {@code request}, in an array of their own. */
  public static byte[] encode(Request request) {
    @Nullable Slice value = request.value();
    int size =
        HEADER_BYTES
            + sizeOf(request.id())
            + sizeOf(request.token())
            + sizeOfUint(request.command())
            + sizeOf(request.target())
            + sizeOf(value);
    int flags =
        flag(request.id(), ID)
            | flag(request.token(), TOKEN)
            | (request.internal() ? INTERNAL : 0)
            | flag(request.target(), TARGET)
            | flag(value, VALUE);
    byte[] packet = new byte[size];
    int at = writeHeader(packet, REQUEST, flags, request);
    at = write(packet, at, request.id());
    at = write(packet, at, request.token());
    at = writeUint(packet, at, request.command());
    at = write(packet, at, request.target());
    write(packet, at, value);
    return packet;
  }

  /** The bytes of {@code response}, in an array of their own. */
  public static byte[] encode(Response response) {
    @Nullable Slice value = response.value();
    List<NodeAddress> closer = response.closerNodes();
    int count = closer.size();
    int size =
        HEADER_BYTES
            + sizeOf(response.id())
            + sizeOf(response.token())
            + (count == 0 ? 0 : sizeOfUint(count) + count * NodeAddress.BYTES)
            + (response.error() == 0 ? 0 : sizeOfUint(response.error()))
            + sizeOf(value);
    int flags =
        flag(response.id(), ID)
            | flag(response.token(), TOKEN)
            | (count == 0 ? 0 : CLOSER_NODES)
            | (response.error() == 0 ? 0 : ERROR)
            | flag(value, VALUE);
    byte[] packet = new byte[size];
    int at = writeHeader(packet, RESPONSE, flags, response);
    at = write(packet, at, response.id());
    at = write(packet, at, response.token());
    if (count > 0) {
      at = writeUint(packet, at, count);
      for (int i = 0; i < count; i++) {
        closer.get(i).copyTo(packet, at);
        at += NodeAddress.BYTES;
      }
    }
    if (response.error() != 0) {
      at = writeUint(packet, at, response.error());
    }
    write(packet, at, value);
    return packet;
  }

  /**
   * Reads one datagram. The value of the packet looks into {@code datagram}.
   *
   * @throws MalformedPacketException when it is no packet of version 3 or ends too early
   */
  public static Packet decode(Slice datagram) throws MalformedPacketException {
    Cursor cursor = new Cursor(datagram);
    int type = cursor.byteValue();
    if (type != REQUEST && type != RESPONSE) {
      throw new MalformedPacketException(
          Reason.NOT_RPC, "first byte 0x" + Integer.toHexString(type) + ", not 0x03 or 0x13");
    }
    long flags = cursor.uint();
    int transaction = cursor.uint16();
    NodeAddress to = cursor.address();
    @Nullable Fixed32 id = (flags & ID) != 0 ? cursor.fixed32() : null;
    @Nullable Fixed32 token = (flags & TOKEN) != 0 ? cursor.fixed32() : null;
    if (type == REQUEST) {
      long command = cursor.uint();
      @Nullable Fixed32 target = (flags & TARGET) != 0 ? cursor.fixed32() : null;
      @Nullable Slice value = (flags & VALUE) != 0 ? cursor.buffer() : null;
      return new Request(
          transaction, to, id, token, (flags & INTERNAL) != 0, command, target, value);
    }
    List<NodeAddress> closer = (flags & CLOSER_NODES) != 0 ? cursor.addresses() : List.of();
    long error = (flags & ERROR) != 0 ? cursor.uint() : 0;
    @Nullable Slice value = (flags & VALUE) != 0 ? cursor.buffer() : null;
    return new Response(transaction, to, id, token, closer, error, value);
  }

  private static int flag(@Nullable Object field, int flag) {
    return field == null ? 0 : flag;
  }

  private static int sizeOf(@Nullable Fixed32 field) {
    return field == null ? 0 : Fixed32.SIZE;
  }

  private static int sizeOf(@Nullable Slice field) {
    return field == null ? 0 : sizeOfUint(field.length()) + field.length();
  }

  private static int sizeOfUint(long value) {
    return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffffffffL ? 5 : 9;
  }

  private static int writeHeader(byte[] packet, int type, int flags, Packet content) {
    packet[0] = (byte) type;
    packet[1] = (byte) flags;
    packet[2] = (byte) content.transaction();
    packet[3] = (byte) (content.transaction() >>> 8);
    content.to().copyTo(packet, 4);
    return HEADER_BYTES;
  }

  private static int write(byte[] packet, int at, @Nullable Fixed32 field) {
    if (field == null) {
      return at;
    }
    field.copyTo(packet, at);
    return at + Fixed32.SIZE;
  }

  private static int write(byte[] packet, int at, @Nullable Slice field) {
    if (field == null) {
      return at;
    }
    int start = writeUint(packet, at, field.length());
    field.copyTo(packet, start);
    return start + field.length();
  }

  private static int writeUint(byte[] packet, int at, long value) {
    int size = sizeOfUint(value);
    if (size == 1) {
      packet[at] = (byte) value;
      return at + 1;
    }
    packet[at] = (byte) (size == 3 ? 0xfd : size == 5 ? 0xfe : 0xff);
    for (int i = 1; i < size; i++) {
      packet[at + i] = (byte) (value >>> 8 * (i - 1));
    }
    return at + size;
  }

  /** Reads fields from a datagram, each only if it is whole. */
  private static final class Cursor {
    private final byte[] array;
    private final int end;
    private int at;

    Cursor(Slice datagram) {
      array = datagram.array();
      at = datagram.offset();
      end = at + datagram.length();
    }

    private int take(int bytes) throws MalformedPacketException {
      if (end - at < bytes) {
        throw new MalformedPacketException(
            Reason.TRUNCATED, bytes + " bytes expected, " + (end - at) + " left");
      }
      int start = at;
      at += bytes;
      return start;
    }

    int byteValue() throws MalformedPacketException {
      return array[take(1)] & 0xff;
    }

    int uint16() throws MalformedPacketException {
      int start = take(2);
      return (array[start] & 0xff) | (array[start + 1] & 0xff) << 8;
    }

    long uint() throws MalformedPacketException {
      int first = byteValue();
      if (first < 0xfd) {
        return first;
      }
      int width = first == 0xfd ? 2 : first == 0xfe ? 4 : 8;
      int start = take(width);
      long value = 0;
      for (int i = width - 1; i >= 0; i--) {
        value = value << 8 | (array[start + i] & 0xff);
      }
      if (value < 0 || value > MAX_UINT) {
        throw new MalformedPacketException(Reason.LIMIT_EXCEEDED, "a number above 2^53 - 1");
      }
      return value;
    }

    NodeAddress address() throws MalformedPacketException {
      return NodeAddress.at(array, take(NodeAddress.BYTES));
    }

    Fixed32 fixed32() throws MalformedPacketException {
      return Fixed32.of(array, take(Fixed32.SIZE));
    }

    Slice buffer() throws MalformedPacketException {
      long length = uint();
      if (length > MAX_PACKET_BYTES) {
        throw new MalformedPacketException(
            Reason.LIMIT_EXCEEDED, "a value of " + length + " bytes, limit " + MAX_PACKET_BYTES);
      }
      return Slice.of(array, take((int) length), (int) length);
    }

    List<NodeAddress> addresses() throws MalformedPacketException {
      long count = uint();
      if (count > MAX_CLOSER_NODES) {
        throw new MalformedPacketException(
            Reason.LIMIT_EXCEEDED, count + " closer nodes, limit " + MAX_CLOSER_NODES);
      }
      int start = take((int) count * NodeAddress.BYTES);
      List<NodeAddress> addresses = new ArrayList<>((int) count);
      for (int i = 0; i < count; i++) {
        addresses.add(NodeAddress.at(array, start + i * NodeAddress.BYTES));
      }
      return addresses;
    }
  }
}

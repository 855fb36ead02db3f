package org.peerstead.interop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.peerstead.crdt.AutomergeFormatException;
import org.peerstead.crdt.ChangeOptions;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.DocumentView;
import org.peerstead.crdt.Transaction;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ChangeHash;
import org.peerstead.crdt.model.ExpandMark;
import org.peerstead.crdt.model.ObjectId;
import org.peerstead.crdt.model.ObjectType;
import org.peerstead.crdt.model.ObjectValue;
import org.peerstead.crdt.model.ScalarValue;
import org.peerstead.crdt.sync.SyncProtocol;
import org.peerstead.crdt.sync.SyncState;
import org.peerstead.interop.Step.Edit;

/**
 * Executes a script in this engine and in the npm engine and compares everything.
 *
 * <p>Every step runs here first, which fixes its raw numbers to objects, positions and values; the
 * exact steps are then replayed by the npm engine. Compared are the bytes of every change, the
 * heads after every merge, every sync message, and at the end for each document the hashes in order
 * of application, the uncompressed save, the typed view now and at earlier heads. Finally each
 * engine loads what the other saved.
 */
final class TwoEngines {
  private static final List<String> KEYS =
      List.of("a", "b", "é", "\uFFFD", "😀", "", "k/1", "list");
  private static final List<String> TEXTS =
      List.of(
          "a",
          "bc",
          "😀",
          "é",
          "xyz",
          "👩‍👩‍👧",
          "e\u0301",
          "\u0000",
          "two words ",
          "line\n",
          "A longer run of text with ünïcode, so that runs of one actor grow.",
          "");
  private static final List<String> MARK_NAMES = List.of("bold", "link", "é");

  /** Actors of unequal length, some a prefix of others; copies get further bytes appended. */
  private static final List<String> ACTORS = List.of("2222", "222222", "0f");

  private final EnginePeer npm;
  private final List<Document> docs = new ArrayList<>();
  private final List<ActorId> actors = new ArrayList<>();
  private final List<ObjectId> objects = new ArrayList<>();
  private final List<List<ChangeHash>> remembered = new ArrayList<>();
  private final Map<String, SyncState> syncStates = new HashMap<>();
  private final ArrayNode steps = JsonLines.MAPPER.createArrayNode();
  private final List<ObjectNode> expected = new ArrayList<>();
  private final List<Conversation> conversations = new ArrayList<>();
  private final List<Edit> edits = new ArrayList<>();
  private final Set<ObjectId> marked = new HashSet<>();
  private final Set<String> reconnecting = new HashSet<>();
  private final Set<ActorId> hasEmptyChange = new HashSet<>();
  private int copies;

  /** A sync conversation between two documents as they were saved before it. */
  private record Conversation(
      int resultIndex, byte[] left, byte[] right, byte[] leftState, byte[] rightState) {}

  private TwoEngines(EnginePeer npm) {
    this.npm = npm;
  }

  /** Runs {@code script} in both engines and throws at the first difference. */
  static void check(EnginePeer npm, List<Step> script) {
    TwoEngines engines = new TwoEngines(npm);
    try {
      engines.start();
      for (Step step : script) {
        engines.run(step);
      }
      engines.compare();
    } catch (AssertionError | RuntimeException | AutomergeFormatException e) {
      String cause = e.getCause() == null ? "" : "\n" + e.getCause();
      throw new AssertionError(e.getMessage() + cause + engines.transcript(), e);
    }
  }

  /** The exact steps that were executed, when they are few enough to be read. */
  private String transcript() {
    if (steps.size() > 25) {
      return "";
    }
    StringBuilder out = new StringBuilder("\nexact steps");
    for (int i = 0; i < steps.size(); i++) {
      out.append("\n  ").append(i).append(": ").append(brief(steps.get(i)));
      JsonNode hash = expected.get(i).get("hash");
      out.append(hash == null ? "" : " -> " + hash);
    }
    return out.toString();
  }

  // Execution here.

  private void start() throws AutomergeFormatException {
    for (int i = 0; i < RandomHistory.DOCUMENTS; i++) {
      actors.add(ActorId.fromHex(ACTORS.get(i)));
      docs.add(Document.create(actors.get(i)));
      record(step("new").put("doc", name(i)).put("actor", actors.get(i).toString()), result());
    }
    remembered.add(List.of());
    objects.add(ObjectId.ROOT);
    // A common beginning: one map, one list, one text.
    ObjectNode step = step("commit").put("doc", name(0)).put("time", 0);
    ArrayNode ops = step.putArray("ops");
    Document doc = docs.getFirst();
    Transaction tx = doc.begin();
    for (ObjectType type : List.of(ObjectType.MAP, ObjectType.LIST, ObjectType.TEXT)) {
      String key = typeName(type);
      objects.add(tx.putObject(ObjectId.ROOT, key, type));
      ops.addObject().put("op", "make").put("obj", "_root").put("key", key).put("type", key);
    }
    tx.splice(objects.getLast(), 0, 0, "seed 😀 text");
    ops.addObject()
        .put("op", "splice")
        .put("obj", objects.getLast().toString())
        .put("key", 0)
        .put("del", 0)
        .put("value", "seed 😀 text");
    recordChange(step, doc, tx.commit(), JsonLines.MAPPER.createArrayNode());
    for (int i = 1; i < RandomHistory.DOCUMENTS; i++) {
      merge(i, 0);
    }
  }

  private void run(Step step) throws AutomergeFormatException {
    switch (step) {
      case Edit edit -> edits.add(edit);
      case Step.Commit commit -> {
        commit(commit);
        edits.clear();
      }
      case Step.Empty(int doc, long time, String message) -> {
        Document document = docs.get(doc);
        ChangeHash hash =
            document.emptyChange(ChangeOptions.NONE.withTime(time).withMessage(message));
        ObjectNode json = step("empty").put("doc", name(doc)).put("time", time);
        if (!message.isEmpty()) {
          json.put("message", message);
        }
        record(
            json,
            result().put("hash", hash.toString()).put("change", hex(document.changeBytes(hash))));
        hasEmptyChange.add(actors.get(doc));
        remembered.add(document.heads());
      }
      case Step.Merge(int into, int from) -> merge(into, from);
      case Step.Fork(int into, int from) -> {
        ActorId actor = ActorId.fromHex(ACTORS.get(into) + "%02x".formatted(++copies));
        actors.set(into, actor);
        docs.set(into, docs.get(from).fork(actor));
        record(
            step("fork")
                .put("doc", name(into))
                .put("from", name(from))
                .put("actor", actor.toString()),
            result());
      }
      case Step.Deliver deliver -> deliver(deliver);
      case Step.Reload(int doc) -> {
        // Ours keeps what it has sent per instance of a document, so a loaded one reconnects.
        for (ActorId other : actors) {
          reconnecting.add(actors.get(doc) + ">" + other);
        }
        docs.set(doc, Document.load(docs.get(doc).save(), actors.get(doc)));
        record(
            step("reload").put("doc", name(doc)).put("actor", actors.get(doc).toString()),
            result());
      }
      case Step.Sync sync -> {
        sync(sync);
      }
    }
  }

  private void merge(int into, int from) {
    docs.get(into).merge(docs.get(from));
    record(
        step("merge").put("doc", name(into)).put("from", name(from)),
        result().set("heads", hashes(docs.get(into).heads())));
  }

  private void deliver(Step.Deliver step) throws AutomergeFormatException {
    Document from = docs.get(step.from());
    SplittableRandom random = new SplittableRandom(step.shuffle());
    List<Integer> rows = new ArrayList<>();
    for (int row = 0; row < from.changeCount(); row++) {
      if (random.nextInt(100) < step.percent()) {
        rows.add(row);
      }
    }
    for (int i = rows.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Integer swapped = rows.set(i, rows.get(j));
      rows.set(j, swapped);
    }
    List<byte[]> all = from.changesSince(List.of());
    Document into = docs.get(step.into());
    into.applyChanges(rows.stream().map(all::get).toList());
    ObjectNode json = step("apply").put("doc", name(step.into())).put("from", name(step.from()));
    rows.forEach(json.putArray("rows")::add);
    ObjectNode result = result();
    result.set("heads", hashes(into.heads()));
    result.set("missing", hashes(into.missingDependencies(List.of())));
    record(json, result);
  }

  private void commit(Step.Commit step) {
    Document doc = docs.get(step.doc());
    ObjectNode json = step("commit").put("doc", name(step.doc())).put("time", step.time());
    ChangeOptions options = ChangeOptions.NONE.withTime(step.time());
    String message = step.message();
    if (message != null) {
      json.put("message", message);
      options = options.withMessage(message);
    }
    // Behind an empty change of its own, the npm engine makes a change in the past that continues
    // the
    // actor's sequence without descending from it; other npm peers panic at it. Not imitated.
    boolean isPast = step.past() >= 0 && !hasEmptyChange.contains(actors.get(step.doc()));
    if (isPast) {
      List<List<ChangeHash>> known =
          remembered.stream()
              .filter(heads -> heads.stream().allMatch(hash -> doc.graph().row(hash) >= 0))
              .toList();
      List<ChangeHash> heads = known.get(step.past() % known.size());
      json.put("do", "changeAt");
      json.set("heads", hashes(heads));
      options = options.at(Set.copyOf(heads));
    }
    ArrayNode ops = json.putArray("ops");
    ArrayNode failed = JsonLines.MAPPER.createArrayNode();
    Transaction tx = doc.begin(options);
    for (Edit edit : edits) {
      ObjectNode op = JsonLines.MAPPER.createObjectNode();
      try {
        if (!edit(tx, edit, op, isPast)) {
          continue;
        }
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        failed.add(ops.size());
      }
      ops.add(op);
    }
    recordChange(json, doc, tx.commit(), failed);
  }

  private void recordChange(
      ObjectNode step, Document doc, Optional<ChangeHash> hash, ArrayNode failed) {
    ObjectNode result = result();
    result.set("failed", failed);
    result.put("change", hash.map(h -> hex(doc.changeBytes(h))).orElse(null));
    result.put("hash", hash.map(ChangeHash::toString).orElse(null));
    record(step, result);
    remembered.add(doc.heads());
  }

  /**
   * Executes one edit and describes it in {@code op}; false when there is nothing it could be done
   * to. What it throws, the other engine has to refuse as well.
   */
  private boolean edit(Transaction tx, Edit edit, ObjectNode op, boolean isPast) {
    DocumentView view = tx.view();
    List<ObjectId> candidates =
        objects.stream()
            .filter(id -> view.hasObject(id) && takes(view.type(id), edit.kind()))
            .toList();
    if (candidates.isEmpty()) {
      return false;
    }
    ObjectId object = candidates.get(edit.object() % candidates.size());
    // In the past, the npm engine inserts next to marks that are not there yet: a change that
    // refers
    // to what it does not descend from, at which other npm peers panic. Not imitated.
    if (isPast && marked.contains(object)) {
      return false;
    }
    ObjectType type = view.type(object);
    op.put("obj", object.toString());
    int length = type.isSequence() ? (int) view.length(object) : 0;
    boolean isInsertion =
        switch (edit.kind()) {
          case INSERT, MAKE_INSERT, SPLICE, MARK, UNMARK, SPLIT_BLOCK -> true;
          default -> false;
        };
    if (type.isSequence() && length == 0 && !isInsertion) {
      return false;
    }
    int position = type.isSequence() ? edit.position() % (isInsertion ? length + 1 : length) : 0;

    // What the npm engine deletes in the past at a position inside a surrogate pair depends on what
    // was deleted nearby since then.
    if (isPast
        && type == ObjectType.TEXT
        && position < length
        && Character.isLowSurrogate(view.text(object).charAt(position))) {
      return false;
    }
    String key = KEYS.get(edit.position() % KEYS.size());
    if (type.isSequence()) {
      op.put("key", position);
    } else {
      op.put("key", key);
    }
    switch (edit.kind()) {
      case PUT -> {
        ScalarValue value = Scalars.pick(edit.pick());
        op.put("op", "put").setAll(Scalars.toJson(value));
        if (type.isSequence()) {
          tx.put(object, position, value);
        } else {
          tx.put(object, key, value);
        }
      }
      case INSERT -> {
        ScalarValue value = Scalars.pick(edit.pick());
        op.put("op", "insert").setAll(Scalars.toJson(value));
        tx.insert(object, position, value);
      }
      case MAKE -> {
        ObjectType made = madeType(edit.pick());
        op.put("op", "make").put("type", typeName(made));
        objects.add(
            type.isSequence()
                ? tx.putObject(object, position, made)
                : tx.putObject(object, key, made));
      }
      case MAKE_INSERT -> {
        ObjectType made = madeType(edit.pick());
        op.put("op", "makeInsert").put("type", typeName(made));
        objects.add(tx.insertObject(object, position, made));
      }
      case DELETE -> {
        op.put("op", "delete");
        if (type.isSequence()) {
          tx.delete(object, position);
        } else {
          tx.delete(object, key);
        }
      }
      case INCREMENT -> {
        int by = edit.pick() % 200 - 100;
        op.put("op", "increment").put("value", Integer.toString(by));
        if (type.isSequence()) {
          tx.increment(object, position, by);
        } else {
          tx.increment(object, key, by);
        }
      }
      case SPLICE -> {
        String text = TEXTS.get(edit.pick() % TEXTS.size());
        int deleted = edit.amount() % 5 == 0 ? edit.amount() / 5 % 8 : edit.amount() % 2;
        op.put("op", "splice").put("del", deleted).put("value", text);
        tx.splice(object, position, deleted, text);
      }
      case MARK, UNMARK -> {
        int end = position + edit.amount() % (length - position + 1);
        ExpandMark expand = ExpandMark.values()[edit.pick() % 4];
        String name = MARK_NAMES.get(edit.pick() / 4 % MARK_NAMES.size());
        marked.add(object);
        op.put("end", end).put("expand", expand.name().toLowerCase(Locale.ROOT)).put("name", name);
        if (edit.kind() == Step.Kind.UNMARK) {
          op.put("op", "unmark");
          tx.unmark(object, position, end, expand, name);
        } else {
          ScalarValue value = Scalars.pickForMark(edit.pick() / 12);
          op.put("op", "mark").setAll(Scalars.toJson(value));
          tx.mark(object, position, end, expand, name, value);
        }
      }
      case SPLIT_BLOCK, UPDATE_BLOCK -> {
        boolean isUpdate = edit.kind() == Step.Kind.UPDATE_BLOCK;
        op.put("op", isUpdate ? "updateBlock" : "splitBlock");
        Map<String, Object> block =
            Map.of(
                "type", edit.pick() % 2 == 0 ? "paragraph" : "heading",
                "parents", List.of("ul"),
                "attrs", Map.of("level", edit.pick() % 4 + 0.5, "a", edit.pick() % 3 == 0));
        op.set("value", JsonLines.MAPPER.valueToTree(block));
        ObjectId made =
            isUpdate
                ? tx.updateBlock(object, position, block)
                : tx.splitBlock(object, position, block);
        objects.add(made);
        if (view.get(made, "attrs").orElseThrow() instanceof ObjectValue(ObjectId attrs, _)) {
          objects.add(attrs);
        }
      }
      case JOIN_BLOCK -> {
        op.put("op", "joinBlock");
        tx.joinBlock(object, position);
      }
    }
    return true;
  }

  private static boolean takes(ObjectType type, Step.Kind kind) {
    return switch (kind) {
      case PUT, MAKE, INCREMENT -> type == ObjectType.MAP || type == ObjectType.LIST;
      case INSERT, MAKE_INSERT -> type == ObjectType.LIST;
      case DELETE -> true;
      case SPLICE, MARK, UNMARK, SPLIT_BLOCK, UPDATE_BLOCK, JOIN_BLOCK -> type == ObjectType.TEXT;
    };
  }

  private static ObjectType madeType(int pick) {
    return List.of(ObjectType.MAP, ObjectType.LIST, ObjectType.TEXT).get(pick % 3);
  }

  private static String typeName(ObjectType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  // Sync.

  private void sync(Step.Sync step) throws AutomergeFormatException {
    // A copy begins its conversations anew: what a document that lost data says in a conversation
    // it
    // remembers differs on purpose, ours asks at once where the npm engine needs another round.
    String leftName = actors.get(step.left()) + ">" + actors.get(step.right());
    String rightName = actors.get(step.right()) + ">" + actors.get(step.left());
    SyncState leftState = syncStates.getOrDefault(leftName, SyncState.create());
    SyncState rightState = syncStates.getOrDefault(rightName, SyncState.create());
    boolean isReconnect =
        step.isReconnect() | reconnecting.remove(leftName) | reconnecting.remove(rightName);
    if (isReconnect) {
      leftState = SyncState.decode(leftState.encode());
      rightState = SyncState.decode(rightState.encode());
    }
    syncStates.put(leftName, leftState);
    syncStates.put(rightName, rightState);
    Document left = docs.get(step.left());
    Document right = docs.get(step.right());
    // Only a conversation between restored states can be repeated from what was saved before it.
    if (isReconnect) {
      conversations.add(
          new Conversation(
              expected.size(), left.save(), right.save(), leftState.encode(), rightState.encode()));
    }
    ObjectNode json =
        step("sync")
            .put("left", name(step.left()))
            .put("right", name(step.right()))
            .put("leftState", leftName)
            .put("rightState", rightName)
            .put("reconnect", isReconnect);
    ArrayNode messages = json.putArray("messages");
    boolean isSilent = false;
    for (int i = 0; i < step.messages(); i++) {
      boolean isLeft = i % 2 == 0;
      Optional<byte[]> message =
          isLeft
              ? SyncProtocol.generate(left, leftState)
              : SyncProtocol.generate(right, rightState);
      messages.add(message.map(TwoEngines::hex).orElse(null));
      if (message.isPresent()) {
        if (isLeft) {
          SyncProtocol.receive(right, rightState, message.get());
        } else {
          SyncProtocol.receive(left, leftState, message.get());
        }
      } else if (isSilent) {
        break;
      }
      isSilent = message.isEmpty();
    }
    ObjectNode result = result();
    result.set("leftHeads", hashes(left.heads()));
    result.set("rightHeads", hashes(right.heads()));
    result.set("differences", JsonLines.MAPPER.createArrayNode());
    result.put("leftState", hex(leftState.encode()));
    result.put("rightState", hex(rightState.encode()));
    record(json, result);
  }

  /** Repeats a conversation with the other engine's messages: both sides must take them. */
  private static void converse(Conversation conversation, JsonNode messages, JsonNode result)
      throws AutomergeFormatException {
    ActorId reader = ActorId.fromHex("00");
    Document left = Document.load(conversation.left(), reader);
    Document right = Document.load(conversation.right(), reader);
    SyncState leftState = SyncState.decode(conversation.leftState());
    SyncState rightState = SyncState.decode(conversation.rightState());
    for (int i = 0; i < messages.size(); i++) {
      boolean isLeft = i % 2 == 0;
      Optional<byte[]> ours =
          isLeft
              ? SyncProtocol.generate(left, leftState)
              : SyncProtocol.generate(right, rightState);
      JsonNode theirs = messages.get(i);
      same("a message where the other engine has one or none", theirs.isNull(), ours.isEmpty());
      if (theirs.isNull()) {
        continue;
      }
      byte[] bytes = HexFormat.of().parseHex(theirs.asText());
      if (isLeft) {
        SyncProtocol.receive(right, rightState, bytes);
      } else {
        SyncProtocol.receive(left, leftState, bytes);
      }
    }
    same("heads after their messages, left", result.get("leftHeads"), hashes(left.heads()));
    same("heads after their messages, right", result.get("rightHeads"), hashes(right.heads()));
  }

  // Comparison.

  private void compare() throws AutomergeFormatException {
    npm.ask("reset", JsonLines.MAPPER.createObjectNode());
    ObjectNode request = JsonLines.MAPPER.createObjectNode();
    request.set("steps", steps);
    JsonNode results = npm.ask("steps", request).get("results");
    for (int i = 0; i < expected.size(); i++) {
      JsonNode theirs = results.get(i);
      for (Map.Entry<String, JsonNode> field : expected.get(i).properties()) {
        String what = "step " + i + " " + field.getKey() + " of " + steps.get(i);
        if (field.getKey().equals("change") && !field.getValue().equals(theirs.get("change"))) {
          // The operations say more than the bytes, which are compared below all the same.
          same(what, decoded(theirs.get("change")), decoded(field.getValue()));
        }
        same(what, theirs.get(field.getKey()), field.getValue());
      }
    }
    for (Conversation conversation : conversations) {
      JsonNode result = results.get(conversation.resultIndex());
      converse(conversation, result.get("generated"), result);
    }
    for (int i = 0; i < docs.size(); i++) {
      compare(i);
    }
  }

  /** Leaves out the marks of a text where the other engine does not know its own. */
  private static JsonNode comparable(JsonNode ours, JsonNode theirs) {
    if (ours instanceof ObjectNode text && ours.has("marks") && theirs.path("marks").isNull()) {
      text.putNull("marks");
    }
    if (ours.isContainerNode()) {
      for (int i = 0; i < ours.size() && theirs.isArray(); i++) {
        comparable(ours.get(i), theirs.path(i));
      }
      for (Map.Entry<String, JsonNode> field : ours.properties()) {
        comparable(field.getValue(), theirs.path(field.getKey()));
      }
    }
    return ours;
  }

  private JsonNode decoded(JsonNode change) {
    return change.isNull()
        ? change
        : npm.ask("decode", JsonLines.MAPPER.createObjectNode().put("bytes", change.asText()))
            .get("change");
  }

  private void compare(int index) throws AutomergeFormatException {
    Document doc = docs.get(index);
    List<List<ChangeHash>> past =
        remembered.stream()
            .filter(heads -> heads.stream().allMatch(hash -> doc.graph().row(hash) >= 0))
            .toList();
    past =
        past.size() <= 3 ? past : List.of(past.get(1), past.get(past.size() / 2), past.getLast());
    ObjectNode request = JsonLines.MAPPER.createObjectNode().put("doc", name(index));
    ArrayNode at = request.putArray("at");
    past.forEach(heads -> at.add(hashes(heads)));
    JsonNode theirs = npm.ask("describe", request);
    same("heads of " + name(index), theirs.get("heads"), hashes(doc.heads()));
    same(
        "order of changes of " + name(index),
        theirs.get("hashes"),
        hashes(doc.changesNotIn(List.of())));
    same(
        "view of " + name(index),
        theirs.get("view"),
        comparable(TypedView.of(doc.now()), theirs.get("view")));
    for (int i = 0; i < past.size(); i++) {
      same(
          "view of " + name(index) + " at " + past.get(i),
          theirs.get("past").get(i),
          comparable(TypedView.of(doc.at(past.get(i))), theirs.get("past").get(i)));
    }
    String plain = hex(doc.saveUncompressed());
    same("uncompressed save of " + name(index), theirs.get("plain").asText(), plain);
    // Each engine reads the other's file, compressed columns included.
    byte[] saved = HexFormat.of().parseHex(theirs.get("save").asText());
    Document loaded = Document.load(saved, ActorId.fromHex("00"));
    same("their save of " + name(index) + ", loaded here", plain, hex(loaded.saveUncompressed()));
    JsonNode opened =
        npm.ask("open", JsonLines.MAPPER.createObjectNode().put("bytes", hex(doc.save())));
    same("our save of " + name(index) + ", loaded there", opened.get("plain").asText(), plain);
    same("its view", opened.get("view"), comparable(TypedView.of(doc.now()), opened.get("view")));
    if (!past.isEmpty()) {
      List<ChangeHash> since = past.getFirst();
      ObjectNode step = step("since").put("doc", name(index));
      step.set("heads", hashes(since));
      ObjectNode one = JsonLines.MAPPER.createObjectNode();
      one.putArray("steps").add(step);
      same(
          "changes of " + name(index) + " since " + since,
          npm.ask("steps", one).get("results").get(0).get("bytes").asText(),
          hex(doc.saveSince(since)));
    }
  }

  private static void same(String what, Object theirs, Object ours) {
    if (theirs.equals(ours)) {
      return;
    }
    String difference = "\n  npm:       " + brief(theirs) + "\n  Peerstead: " + brief(ours);
    if (theirs instanceof JsonNode theirJson && ours instanceof JsonNode json) {
      JsonNode ourJson = reread(json);
      if (theirJson.equals(ourJson)) {
        return;
      }
      difference = difference("", theirJson, ourJson) + difference;
    }
    throw new AssertionError(what + difference);
  }

  private static String brief(Object value) {
    String text = value.toString();
    return text.length() <= 1000 ? text : text.substring(0, 1000) + "... (" + text.length() + ")";
  }

  /** The first place where two trees differ. */
  private static String difference(String path, JsonNode theirs, JsonNode ours) {
    if (theirs.isArray() && ours.isArray()) {
      for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
        if (!theirs.get(i).equals(ours.get(i))) {
          return difference(path + "/" + i, theirs.get(i), ours.get(i));
        }
      }
      path += " (" + theirs.size() + " and " + ours.size() + " items)";
    } else if (theirs.isObject() && ours.isObject()) {
      for (Map.Entry<String, JsonNode> field : theirs.properties()) {
        JsonNode other = ours.get(field.getKey());
        if (other != null && !field.getValue().equals(other)) {
          return difference(path + "/" + field.getKey(), field.getValue(), other);
        }
      }
    }
    return "\n  first difference at "
        + path
        + "\n    npm:       "
        + theirs
        + "\n    Peerstead: "
        + ours;
  }

  /** The tree as it is after a trip through text, where a number has no width. */
  private static JsonNode reread(JsonNode json) {
    try {
      return JsonLines.MAPPER.readTree(json.toString());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private void record(ObjectNode step, JsonNode result) {
    steps.add(step);
    expected.add((ObjectNode) result);
  }

  private static ObjectNode step(String kind) {
    return JsonLines.MAPPER.createObjectNode().put("do", kind);
  }

  private static ObjectNode result() {
    return JsonLines.MAPPER.createObjectNode();
  }

  private static String name(int doc) {
    return "D" + doc;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static ArrayNode hashes(Collection<ChangeHash> hashes) {
    ArrayNode out = JsonLines.MAPPER.createArrayNode();
    hashes.forEach(hash -> out.add(hash.toString()));
    return out;
  }
}

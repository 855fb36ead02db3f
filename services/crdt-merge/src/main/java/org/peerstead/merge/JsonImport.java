package org.peerstead.merge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.peerstead.crdt.ChangeOptions;
import org.peerstead.crdt.Document;
import org.peerstead.crdt.DocumentOptions;
import org.peerstead.crdt.model.ActorId;
import org.peerstead.crdt.model.ObjectId;

/** Makes a document from JSON, as automerge-repo does from a plain object: text for strings. */
final class JsonImport {
  /** Deeper JSON is refused: readers of documents recurse. */
  private static final int MAX_DEPTH = 200;

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonImport() {}

  /** The bytes are not one JSON object. */
  static final class MalformedJsonException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedJsonException(String message) {
      super(message);
    }
  }

  /** A document with one change that holds the object. */
  static Document create(byte[] json, ActorId actor, DocumentOptions options)
      throws MalformedJsonException {
    Document document = Document.create(actor, options);
    Map<?, ?> object = parse(json);
    if (object.isEmpty()) {
      // A document needs a change to exist.
      document.emptyChange(ChangeOptions.NONE);
    } else {
      document.change(edits ->
          object.forEach((key, value) -> edits.putTree(ObjectId.ROOT, String.valueOf(key), value)));
    }
    return document;
  }

  private static Map<?, ?> parse(byte[] json) throws MalformedJsonException {
    try {
      if (JSON.readValue(json, Object.class) instanceof Map<?, ?> object) {
        return object;
      }
      throw new MalformedJsonException("A document is a JSON object at its top level");
    } catch (JsonProcessingException e) {
      throw new MalformedJsonException("Not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new MalformedJsonException("Not JSON");
    }
  }
}

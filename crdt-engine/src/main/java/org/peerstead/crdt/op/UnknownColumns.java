package org.peerstead.crdt.op;

import java.util.ArrayList;
import java.util.List;
import org.peerstead.crdt.wire.ColumnSpec;

/**
 * Columns of a document chunk that this engine does not know, kept as they were read. They belong
 * to the rows of that very document, so they are written again only while no change has been added
 * to it.
 */
public final class UnknownColumns {
  private final List<DocumentEncoder.Column> changeColumns = new ArrayList<>();
  private final List<DocumentEncoder.Column> opColumns = new ArrayList<>();
  private final int changeCount;

  /**
   * @param changeCount number of changes of the document the columns belong to
   */
  UnknownColumns(int changeCount) {
    this.changeCount = changeCount;
  }

  void addChangeColumn(int spec, byte[] bytes) {
    changeColumns.add(new DocumentEncoder.Column(spec, bytes, bytes.length));
  }

  void addOpColumn(int spec, byte[] bytes) {
    opColumns.add(new DocumentEncoder.Column(spec, bytes, bytes.length));
  }

  boolean isEmpty() {
    return changeColumns.isEmpty() && opColumns.isEmpty();
  }

  /** True while the document still consists of the changes that the columns describe. */
  public boolean fits(int currentChangeCount) {
    return currentChangeCount == changeCount;
  }

  void addTo(List<DocumentEncoder.Column> changes, List<DocumentEncoder.Column> operations) {
    merge(changes, changeColumns);
    merge(operations, opColumns);
  }

  private static void merge(
      List<DocumentEncoder.Column> known, List<DocumentEncoder.Column> unknown) {
    for (DocumentEncoder.Column column : unknown) {
      int at = 0;
      while (at < known.size() && order(known.get(at)) < order(column)) {
        at++;
      }
      known.add(at, column);
    }
  }

  private static int order(DocumentEncoder.Column column) {
    return column.spec() & ~ColumnSpec.DEFLATE_BIT;
  }
}

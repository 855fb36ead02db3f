/**
 * The durable store of cores: one RocksDB directory for all of them.
 *
 * <p>Entry: {@link org.peerstead.hypercore.store.rocksdb.RocksCoreStore}. Column families:
 *
 * <table>
 * <caption>Rows; uint is compact-encoding's, a number in a key is its count of bytes (one byte) and
 * those bytes in big endian, so that keys are short and ordered</caption>
 * <tr><th>family</th><th>key</th><th>value</th></tr>
 * <tr><td>default</td><td>"format"</td><td>version of this layout in decimal digits</td></tr>
 * <tr><td></td><td>"cores"</td><td>uint next core id, uint cores in the store</td></tr>
 * <tr><td>cores</td><td>0, discovery key</td><td>{@code CoreRecordCodec}</td></tr>
 * <tr><td></td><td>1, namespace, name in UTF-8</td><td>discovery key</td></tr>
 * <tr><td>heads</td><td>core id, 0</td><td>uint fork, length, byte length; tree hash; signature</td></tr>
 * <tr><td></td><td>core id, 1</td><td>uint contiguous length</td></tr>
 * <tr><td></td><td>core id, 2, name in UTF-8</td><td>user data</td></tr>
 * <tr><td>blocks</td><td>core id, block index</td><td>block as stored; large ones: {@code LargeBlock}</td></tr>
 * <tr><td>nodes</td><td>core id, tree index</td><td>uint size, hash</td></tr>
 * <tr><td>pages</td><td>core id, page</td><td>words in little endian</td></tr>
 * </table>
 */
@NullMarked
package org.peerstead.hypercore.store.rocksdb;

import org.jspecify.annotations.NullMarked;

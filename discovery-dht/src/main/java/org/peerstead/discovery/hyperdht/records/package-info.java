/**
 * What a node stores for others: peers announced to topics, routes to servers, mutable and
 * immutable values. Entry: {@link org.peerstead.discovery.hyperdht.records.RecordBook}. It answers
 * as {@code hyperdht} 6.34.0 does, but forgets by exact age, remembers where everything came from,
 * and lets whoever takes most space give way first.
 *
 * <p>Specification: {@code docs/protocols/hyperdht.md}.
 */
@NullMarked
package org.peerstead.discovery.hyperdht.records;

import org.jspecify.annotations.NullMarked;

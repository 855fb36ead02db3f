package org.peerstead.hypercore;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peerstead.securestream.encoding.Fixed32;

/**
 * A part of the list of all cores, in the order of their discovery keys.
 *
 * @param cores at most as many as were asked for
 * @param next what to ask for the next page with, or null when this was the last
 */
public record CorePage(List<StoredCore> cores, @Nullable Fixed32 next) {}

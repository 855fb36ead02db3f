/**
 * Rules that hold the boundaries described in {@code docs/architecture.md}: {@link
 * org.peerstead.architecture.BoundaryRules} for product code, {@link
 * org.peerstead.architecture.TestRules} for test code. Each rule is also run against a class in
 * {@code fixtures} that breaks it, so a rule that cannot fail is noticed.
 */
@NullMarked
package org.peerstead.architecture;

import org.jspecify.annotations.NullMarked;

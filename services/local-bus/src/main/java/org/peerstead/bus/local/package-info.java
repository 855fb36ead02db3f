/**
 * A Reactive Messaging connector, {@code local-bus}, that joins the channels of one process by
 * topic.
 *
 * <p>Entry point: {@link org.peerstead.bus.local.LocalBusConnector}. The same channels can be given
 * a broker's connector by configuration; nothing else in a service changes.
 */
@NullMarked
package org.peerstead.bus.local;

import org.jspecify.annotations.NullMarked;

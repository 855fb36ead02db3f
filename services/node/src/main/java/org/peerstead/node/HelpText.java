package org.peerstead.node;

/** What {@code peerstead help} prints. */
final class HelpText {
  static final String TEXT =
      """
      Peerstead: a storage peer for automerge-repo apps and for hypercores.

      usage: peerstead COMMAND [OPTIONS]

      peerstead up [SERVICE...]          start the node in the foreground; services: gateway, crdt-merge, storage-peer (default: all)
        --data DIR                       data folder (default ${XDG_DATA_HOME:-~/.local/share}/peerstead)
        --http-host HOST                 address to listen on (default 127.0.0.1)
        --http-port PORT                 port to listen on (default 8080; 0 takes a free one)
        --peer-host HOST                 address to listen on for hypercore peers (default 127.0.0.1)
        --peer-port PORT                 port to listen on for hypercore peers (default 3282; 0 takes a free one)
        --json-logs                      log lines as JSON
        --KEY=VALUE, -DKEY=VALUE         any configuration property, for example --peerstead.access=token

      peerstead status                   show a running node
        --node URL                       default $PEERSTEAD_NODE or http://127.0.0.1:8080
        --token TOKEN                    access token (better: $PEERSTEAD_TOKEN, which other users cannot see)

      peerstead token create [NAME]      make an access token and print it, once
      peerstead token list               list the tokens: id, creation time, name
      peerstead token revoke ID          revoke a token; a running node ends its connections within seconds
        --data DIR                       data folder of the node

      peerstead doc COMMAND              read, check, merge, export and import documents; see: peerstead doc help
      peerstead core COMMAND             make, append to, read, follow and verify hypercores; see: peerstead core help
      peerstead version                  show the version
      peerstead help                     show this text

      Exit codes: 0 done, 1 failed, 2 wrong command line; doc and core have more, see their help.
      """;

  private HelpText() {}
}

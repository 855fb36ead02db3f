package org.peerstead.node;

/** What {@code peerstead help} prints. */
final class HelpText {
  static final String TEXT =
      """
      Peerstead: a storage peer for automerge-repo apps and for hypercores, a seed of the DHT (HyperDHT), and a STUN/TURN relay.

      usage: peerstead COMMAND [OPTIONS]

      peerstead up [SERVICE...]          start the node in the foreground; services: gateway, crdt-merge, storage-peer, dht-seed, relay (default: all)
        --data DIR                       data folder (default ${XDG_DATA_HOME:-~/.local/share}/peerstead)
        --http-host HOST                 address to listen on (default 127.0.0.1)
        --http-port PORT                 port to listen on (default 8080; 0 takes a free one)
        --peer-host HOST                 address to listen on for hypercore peers (default 127.0.0.1)
        --peer-port PORT                 port to listen on for hypercore peers (default 3282; 0 takes a free one)
        --dht-host ADDRESS               public IPv4 address (or its name) under which others reach the DHT seed
                                         (default: none, it serves programs on this machine)
        --dht-port PORT                  UDP port of the DHT seed (default 49737; 0 takes a free one)
        --dht-bootstrap HOST:PORT,...    other seeds; none for the first seed of a network
        --relay-host ADDRESS,...         own address (IPv4, IPv6 or one of each) that the relay listens on and relays from (default 127.0.0.1)
        --relay-port PORT                UDP and TCP port of the relay (default 3478)
        --relay-advertise ADDRESS,...    the address that others see, behind 1:1 NAT
        --relay-certificate FILE, --relay-key FILE
                                         PEM files; with them the relay also serves TLS
        --relay-tls-port PORT            its port for TLS (default 5349)
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
      peerstead dht COMMAND              ask a node about the DHT: status, nodes, lookup, announce, put, get; see: peerstead dht help
      peerstead relay COMMAND            credentials for the relay, users, sessions, drain; see: peerstead relay help
      peerstead version                  show the version
      peerstead help                     show this text

      Exit codes: 0 done, 1 failed, 2 wrong command line; doc, core, dht and relay have more, see their help.
      """;

  private HelpText() {}
}

#!/bin/sh
# Networks in which two clients cannot reach each other, from network namespaces. Needs root,
# iproute2 and nftables. Their names begin with the first argument.
#
#   relay-networks.sh NAME symmetric   a - NAT - public - NAT - b; each NAT takes a new random port per destination
#   relay-networks.sh NAME guest       a and b in one guest network that lets nobody reach a neighbour
#   relay-networks.sh NAME behind      as symmetric, and the relay is behind a 1:1 NAT itself
#   relay-networks.sh NAME down        removes all of them
#
# The public network is 203.0.113.0/24; the relay's namespace is NAME-relay, with the address
# 203.0.113.1, or 10.84.0.2 behind 203.0.113.21.
set -eu
name=$1
ns() { echo "$name-$1"; }
make() { ip netns add "$(ns "$1")" && ip -n "$(ns "$1")" link set lo up; }
address() { ip -n "$(ns "$1")" addr add "$3" dev "$2" && ip -n "$(ns "$1")" link set "$2" up; }
cable() { ip link add "$2" netns "$(ns "$1")" type veth peer name "$4" netns "$(ns "$3")"; }
filter() { ip netns exec "$(ns "$1")" nft -f -; }
forward() { ip netns exec "$(ns "$1")" sysctl -qw net.ipv4.ip_forward=1; }
public() {
  make public
  ip -n "$(ns public)" link add bridge type bridge
  ip -n "$(ns public)" link set bridge up
}
# A box named $1 with the address $2 in the public network.
on_public() {
  cable "$1" wan public "to-$1"
  ip -n "$(ns public)" link set "to-$1" master bridge up
  address "$1" wan "$2/24"
}
# A host $1 with the address $3.2 behind the box $2 with the address $3.1.
behind() {
  cable "$1" eth0 "$2" lan
  address "$1" eth0 "$3.2/24"
  address "$2" lan "$3.1/24"
  ip -n "$(ns "$1")" route add default via "$3.1"
  forward "$2"
}
symmetric() { # host, box, inner network, public address
  make "$1"
  make "$2"
  on_public "$2" "$4"
  behind "$1" "$2" "$3"
  # What comes unasked is dropped at once: otherwise the box remembers it, and its next mapping differs.
  filter "$2" <<NFT
table ip box {
  chain out { type nat hook postrouting priority srcnat; oifname wan masquerade fully-random; }
  chain unasked { type filter hook input priority 0; iifname wan ct state new drop; }
  chain through { type filter hook forward priority 0; iifname wan ct state new drop; }
}
NFT
}
case $2 in
  symmetric | behind)
    public
    symmetric a box-a 10.81.0 203.0.113.11
    symmetric b box-b 10.82.0 203.0.113.12
    ;;
  guest)
    public
    make box
    on_public box 203.0.113.13
    ip -n "$(ns box)" link add guests type bridge
    address box guests 10.83.0.1/24
    forward box
    host=2
    for client in a b; do
      make $client
      cable $client eth0 box "to-$client"
      ip -n "$(ns box)" link set "to-$client" master guests up
      ip -n "$(ns box)" link set "to-$client" type bridge_slave isolated on
      address $client eth0 10.83.0.$host/24
      ip -n "$(ns $client)" route add default via 10.83.0.1
      host=$((host + 1))
    done
    filter box <<NFT
table ip box {
  chain out { type nat hook postrouting priority srcnat; oifname wan masquerade; }
  chain between { type filter hook forward priority 0; iifname guests oifname guests drop; }
  chain unasked { type filter hook input priority 0; iifname wan ct state new drop; }
}
NFT
    ;;
  down)
    for part in a b box-a box-b box box-relay relay public; do
      ip netns del "$(ns $part)" 2>/dev/null || true
    done
    exit
    ;;
  *) sed -n '2,12p' "$0" >&2 && exit 2 ;;
esac
make relay
if [ "$2" = behind ]; then
  make box-relay
  on_public box-relay 203.0.113.21
  behind relay box-relay 10.84.0
  filter box-relay <<NFT
table ip box {
  chain out { type nat hook postrouting priority srcnat; oifname wan ip saddr 10.84.0.2 snat to 203.0.113.21; }
  chain in { type nat hook prerouting priority dstnat; iifname wan ip daddr 203.0.113.21 dnat to 10.84.0.2; }
}
NFT
else
  on_public relay 203.0.113.1
fi

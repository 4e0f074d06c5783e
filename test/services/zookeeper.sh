#!/usr/bin/env bash
# A private ZooKeeper on loopback.
#
#   zookeeper.sh install                          finds or installs it; prints what it found
#   zookeeper.sh serve FOLDER PORT [KEY=VALUE]    runs it in the foreground (exec), data in FOLDER/data
#
# KEY=VALUE are lines of zoo.cfg; myid=N makes it member N of the ensemble that server.N=... lines name.
# Tried in turn: the jar of the Debian package, installing that package, Docker.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

image=zookeeper:3.8
jar=/usr/share/java/zookeeper.jar

programs() { command -v java >/dev/null && [[ -f $jar ]]; }

find_server() {
  programs && return 0
  apt_install zookeeper default-jre-headless && programs && return 0
  docker_answers
}

# configure FOLDER PORT [KEY=VALUE...]: writes zoo.cfg; a later line wins.
configure() {
  local folder=$1 port=$2 line
  shift 2
  mkdir -p "$folder/data"
  {
    echo 'tickTime=500'
    echo 'initLimit=20'
    echo 'syncLimit=10'
    echo "dataDir=$folder/data"
    echo 'clientPortAddress=127.0.0.1'
    echo "clientPort=$port"
    echo 'admin.enableServer=false'
    echo '4lw.commands.whitelist=srvr'
    echo 'maxClientCnxns=0'
    for line in "$@"; do
      [[ $line == myid=* ]] || echo "$line"
    done
  } >"$folder/zoo.cfg"
  for line in "$@"; do
    [[ $line != myid=* ]] || echo "${line#myid=}" >"$folder/data/myid"
  done
}

# The members of an ensemble find one another on the machine's own loopback.
serve_in_docker() {
  local folder=$1 name=idun-test-$2
  echo "$name" >"$folder/container"
  docker rm -f "$name" >/dev/null 2>&1 || true
  exec docker run --rm --name "$name" --user "$(id -u):$(id -g)" --network host \
    -v "$folder:$folder" -e "ZOO_LOG_DIR=$folder" --entrypoint zkServer.sh "$image" \
    start-foreground "$folder/zoo.cfg"
}

action=${1:-}
[[ $action == install || $action == serve ]] || { sed -n '2,8p' "${BASH_SOURCE[0]}" >&2; exit 2; }
if ! locked zookeeper find_server; then
  say "ZooKeeper CANNOT BE HAD: no java with $jar, no package zookeeper, no Docker engine"
  exit 1
fi
server=docker
! programs || server=$jar
if [[ $action == install ]]; then
  echo "$server"
  exit 0
fi

configure "${@:2}"
[[ $server != docker ]] || serve_in_docker "$2" "$3"
# Only the jar on the class path, so that no configuration of the machine takes part.
exec java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dzookeeper.jmx.log4j.disable=true \
  -cp "$jar" org.apache.zookeeper.server.quorum.QuorumPeerMain "$2/zoo.cfg"

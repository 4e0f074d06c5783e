# Shared by the scripts of this folder; sourced, not run.
# shellcheck shell=bash
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # where servers and ldconfig are, also for an ordinary user
cache=${IDUN_TEST_CACHE:-${HOME:-/tmp}/.cache/idun-test}
mkdir -p "$cache"

say() { echo "[test/services] $*" >&2; }

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    say "neither root nor sudo without a password: cannot run $1"
    return 1
  fi
}

installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == *' installed' ]]; }

# Debian packages, quietly; the package lists are fetched only when an installation needs them.
apt_install() {
  local missing=() name apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  command -v apt-get >/dev/null || { say "no apt-get here"; return 1; }
  for name in "$@"; do
    installed "$name" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && return 0
  as_root "${apt[@]}" update >&2 || return 1
  as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2
}

# Runs a command while holding a lock of this name: test processes start servers side by side.
locked() {
  local name=$1 code=0
  shift
  exec 9>"$cache/$name.lock"
  flock 9
  "$@" 9>&- || code=$?
  exec 9>&-
  return "$code"
}

docker_answers() { command -v docker >/dev/null && timeout 20 docker info >/dev/null 2>&1; }

# The account of the tests: it may create databases and users.
test_account() {
  echo "CREATE USER IF NOT EXISTS 'idun'@'%' IDENTIFIED BY 'idun';"
  echo "GRANT ALL ON *.* TO 'idun'@'%' WITH GRANT OPTION;"
}

# serve_container FOLDER PORT IMAGE [server options]: in the foreground, data in FOLDER.
serve_container() {
  local folder=$1 port=$2 image=$3
  local name=idun-test-$port
  shift 3
  mkdir -p "$folder/init" "$folder/data"
  test_account >"$folder/init/account.sql"
  # The caller sends signals to the container, not to the docker client.
  echo "$name" >"$folder/container"
  docker rm -f "$name" >/dev/null 2>&1 || true
  exec docker run --rm --name "$name" --user "$(id -u):$(id -g)" -p "127.0.0.1:$port:3306" \
    -v "$folder/data:/var/lib/mysql" -v "$folder/init:/docker-entrypoint-initdb.d:ro" \
    -e MYSQL_ALLOW_EMPTY_PASSWORD=1 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 "$image" "$@"
}

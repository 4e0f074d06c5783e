#!/usr/bin/env bash
# Installs Nest 10 as test/interop/nest10 locks it, once, and prints the folder that has its node_modules.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../interop/nest10" && pwd)
# What was installed from another lock file is not used.
folder=$cache/nest10-$(cat "$sources"/package*.json | sha256sum | cut -c 1-12)

install_nest() {
  [[ ! -f $folder/.complete ]] || return 0
  say "installing Nest 10 (20 MB, once)"
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$sources"/package*.json "$folder"
  # Its scripts only ask for donations.
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || return 1
  touch "$folder/.complete"
}

if ! locked nest10 install_nest; then
  say "Nest 10 CANNOT BE HAD: npm ci failed"
  exit 1
fi
echo "$folder"

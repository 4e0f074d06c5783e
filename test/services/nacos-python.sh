#!/usr/bin/env bash
# Finds or installs Python and the Nacos client of test/interop/requirements.txt, once, and prints
# the interpreter that has it.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

requirements=$(cd "$(dirname "${BASH_SOURCE[0]}")/../interop" && pwd)/requirements.txt
# What was installed from other requirements is not used.
folder=$cache/nacos-python-$(sha256sum "$requirements" | cut -c 1-12)
python=$folder/bin/python

# Fails also where the interpreter that it was made of is gone.
usable() { "$python" -c 'import nacos' >/dev/null 2>&1; }

# make_environment PYTHON
make_environment() {
  local log=$folder.log
  say "installing the Nacos client for Python (once)"
  if ! { "$1" -m venv --clear "$folder" && install_client; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    return 1
  fi
}

install_client() {
  "$python" -m pip install --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement "$requirements" && usable
}

find_client() {
  usable || make_environment python3 || {
    apt_install python3 python3-venv && make_environment /usr/bin/python3
  }
}

if ! locked nacos-python find_client; then
  say "the Nacos client for Python CANNOT BE HAD: no python3 with venv, or pip failed"
  exit 1
fi
echo "$python"

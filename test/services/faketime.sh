#!/usr/bin/env bash
# Finds or installs libfaketime and prints the path of its library for programs with threads.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

library() {
  local found
  found=$(compgen -G '/usr/lib*/**/faketime/libfaketimeMT.so.1' || compgen -G '/usr/lib*/faketime/libfaketimeMT.so.1')
  head -n 1 <<<"$found" | grep .
}

library && exit 0
locked faketime apt_install libfaketime || true
library && exit 0
say "libfaketime CANNOT BE HAD: no package libfaketime"
exit 1

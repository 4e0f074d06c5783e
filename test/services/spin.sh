#!/usr/bin/env bash
# Finds or installs Spin, the model checker, and a C compiler, which it needs.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

programs() { command -v spin >/dev/null && command -v gcc >/dev/null; }

programs && exit 0
locked spin apt_install spin gcc libc6-dev || true
programs && exit 0
say "Spin CANNOT BE HAD: no package spin, or no gcc"
exit 1

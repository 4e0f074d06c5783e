#!/usr/bin/env bash
# Cleans up behind a test process. It lives as long as that process holds this script's standard
# input open, and learns there what was started: lines "watch PID", "forget PID", "folder PATH",
# "container NAME". At the end of input, which comes also when the process is killed with SIGKILL,
# whatever is left is killed (stopped processes too) and removed.
set -uo pipefail

pids=()
folders=()
containers=()
while read -r verb value; do
  case $verb in
    watch) pids[value]=1 ;;
    forget) unset "pids[value]" ;;
    folder) folders+=("$value") ;;
    container) containers+=("$value") ;;
  esac
done

((${#pids[@]})) && kill -KILL "${!pids[@]}" 2>/dev/null
((${#containers[@]})) && docker rm -f -v "${containers[@]}" >/dev/null 2>&1
((${#folders[@]})) && rm -rf -- "${folders[@]}"
exit 0

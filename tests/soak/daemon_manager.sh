#!/usr/bin/env bash
# The daemon manager at full scale; continuous integration runs the same tests small.
# Prints one line per test and fails when one does. 10 to 20 minutes.
#
#   tests/soak/daemon_manager.sh [BIN_DIRECTORY]     default: build/dev/bin
#
#   200 activations at once, 50 rounds, with random kill -9 of daemons and callers
#   30 s of GET and PUT while configurations and both programs are replaced
#   50 rounds of workers that replace each other under three clients
#   50 requests that arrive just when the worker goes idle
#   10 000 hostile values through bash, dash, zsh and fish
set -uo pipefail
cd "$(dirname "$0")/../.."

bin=${1:-build/dev/bin}
export FABRIK_SOAK_ROUNDS=${FABRIK_SOAK_ROUNDS:-50}
export FABRIK_SOAK_SHELLS=${FABRIK_SOAK_SHELLS:-200}
export FABRIK_SOAK_SECONDS=${FABRIK_SOAK_SECONDS:-30}
export FABRIK_QUOTING_VALUES=${FABRIK_QUOTING_VALUES:-10000}
failed=0

run() { # TITLE COMMAND...
  local title=$1 log start=$SECONDS
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    printf 'ok      %4d s  %s\n' $((SECONDS - start)) "$title"
  else
    printf 'FAILED  %4d s  %s\n' $((SECONDS - start)) "$title"
    tail -n 40 "$log"
    failed=1
  fi
  rm -f "$log"
}

run "$FABRIK_SOAK_SHELLS activations at once, $FABRIK_SOAK_ROUNDS rounds, random kills" \
  "$bin/daemon_manager_test" --gtest_filter='*RoundsOfRandomKillsEndWithOneDaemonBehindOnePort'
run "upgrades and edits under $FABRIK_SOAK_SECONDS s of requests, none lost" \
  "$bin/daemon_manager_worker_test" --gtest_filter='*LosesNoRequestWhileGenerationsAndBuildsChange'
run "handovers between workers, $FABRIK_SOAK_ROUNDS rounds, none lost" \
  "$bin/worker_test" --gtest_filter='WorkerHandover.LosesNoRequest'
run "$FABRIK_SOAK_ROUNDS requests at the moment of going idle, none lost" \
  "$bin/daemon_manager_worker_test" --gtest_filter='*LosesNoRequestThatComesJustWhenItGoesIdle'
run "$FABRIK_QUOTING_VALUES hostile values in four shells, none changed or executed" \
  tests/shells/run.sh "$bin" test_quoting
exit $failed

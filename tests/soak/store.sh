#!/usr/bin/env bash
# The store's fault tests at full scale; continuous integration runs the same tests small.
# Prints one line per test and fails when one does. About two hours.
#
#   tests/soak/store.sh [BIN_DIRECTORY]     default: build/dev/bin
#
#   200 workers killed under uploads; 100 power cuts for each durability and file system
#   every single call to the disk fails once
#   10 minutes of writes to a budget of 1 GiB
#   64 transfers of 64 MiB at once through every protocol
set -uo pipefail
cd "$(dirname "$0")/../.."

bin=${1:-build/dev/bin}
export FABRIK_TEST_KILLS=${FABRIK_TEST_KILLS:-200}
export FABRIK_TEST_POWER_CUTS=${FABRIK_TEST_POWER_CUTS:-100}
export FABRIK_TEST_FAULT_STEP=${FABRIK_TEST_FAULT_STEP:-1}
export FABRIK_TEST_STORM_SECONDS=${FABRIK_TEST_STORM_SECONDS:-600}
export FABRIK_TEST_STORM_MIB=${FABRIK_TEST_STORM_MIB:-1024}
export FABRIK_TEST_PARALLEL_MIB=${FABRIK_TEST_PARALLEL_MIB:-64}
failed=0

# Each test in a process of its own, as ctest does: some of them fork.
run() { # PROGRAM FILTER
  local program=$bin/$1 suite='' line log
  while read -r line; do
    case $line in
      *.) suite=$line && continue ;;
    esac
    local name=$suite${line%% *} start=$SECONDS
    log=$(mktemp)
    if "$program" --gtest_filter="$name" >"$log" 2>&1 </dev/null; then
      printf 'ok      %4d s  %s  %s\n' $((SECONDS - start)) "$name" "$(grep -E '^(turned over|64 at once)' "$log")"
    else
      printf 'FAILED  %4d s  %s\n' $((SECONDS - start)) "$name"
      tail -n 40 "$log"
      failed=1
    fi
    rm -f "$log"
  done < <("$program" --gtest_list_tests --gtest_filter="$2" | tail -n +2)
}

run worker_test 'WorkerFault.KillNine*'
run store_test '*PowerLoss.*'
run store_fault_test '*'
run store_test 'StoreEviction.TheBudgetHoldsUnderAWriteStorm'
run worker_memory_test '*'
exit $failed

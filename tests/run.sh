#!/usr/bin/env bash
# The one test command: installs what it needs, runs every gate, says what failed.
#
#   tests/run.sh              everything, as continuous integration does
#   tests/run.sh --quick      format, lints, debug build, unit and integration tests, shells
#   tests/run.sh --only NAME  one gate (repeatable)
#   tests/run.sh --list       the names of the gates
#
# Each gate writes build/test-logs/NAME.log. Under CI=true a missing build tool is
# a failure; elsewhere it is a loud skip.
set -uo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)
logs=build/test-logs
fuzz_seconds=${FABRIK_FUZZ_SECONDS:-30}
tidy_budget=${FABRIK_TIDY_BUDGET:-900}

gates_quick=(dependencies format layers build-dev tests shells)
gates_all=(dependencies test-clients format layers build-release build-dev tests shells packages
           clients tidy sanitizers tsan fuzz)

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0"; }

# --- gates: each a function that prints its log and returns its verdict ---

gate_dependencies() { packaging/dependencies.sh && packaging/test-dependencies.sh --quick; }

gate_test-clients() {
  # What could not be installed is the business of the gate that misses it.
  packaging/test-dependencies.sh || [ -z "${CI:-}" ]
}

gate_format() { tools/format.sh --check; }

gate_layers() { tools/lint/layers.py && tools/lint/sizes.py && tools/lint/links.py; }

configure_and_build() { # PRESET [TARGET...]
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" ${1+--target "$@"}
}

run_ctest() { # PRESET [CTEST ARGUMENT...]
  local preset=$1
  shift
  ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error "$@"
}

gate_build-release() { configure_and_build release fabrik fabrikd; }

gate_build-dev() { configure_and_build dev; }

# Continuous integration is root and has every tool: a skipped test is a hole there.
gate_tests() {
  local output=$logs/ctest-dev.txt
  run_ctest dev | tee "$output"
  [ "${PIPESTATUS[0]}" -eq 0 ] || return 1
  if [ -n "${CI:-}" ] && grep -F '***Skipped' "$output"; then
    echo "tests: skipped although CI is set"
    return 1
  fi
}

gate_shells() { tests/shells/run.sh build/dev/bin; }

gate_packages() { tests/packages/run.py build/release; }

gate_clients() { tests/clients/run.py; }

gate_tidy() { tools/lint/tidy.py build/dev --budget "$tidy_budget"; }

# AddressSanitizer and UndefinedBehaviorSanitizer in one build: each finds the same
# as alone, in half the time.
gate_sanitizers() {
  configure_and_build sanitize &&
    ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 \
      UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 run_ctest sanitize
}

# Where threads meet. RocksDB itself is not instrumented, so the tests that write
# through it would report its own hand-overs between threads.
gate_tsan() {
  configure_and_build tsan net_test http_server_test cache_test &&
    build/tsan/bin/net_test && build/tsan/bin/http_server_test &&
    build/tsan/bin/cache_test --gtest_filter='-Rocks*:Resilient*:ScrubberTest*'
}

fuzz_one() { # NAME SECONDS
  local corpus=build/fuzz/corpus/$1
  mkdir -p "$corpus"
  local seeds=()
  if [ -d "fuzz/corpus/$1" ]; then seeds=("fuzz/corpus/$1"); fi
  echo "--- $1"
  "build/fuzz/bin/fuzz_$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found-$1-" "$corpus" ${seeds[@]+"${seeds[@]}"} 2>&1 | tail -n 40
  return "${PIPESTATUS[0]}"
}

gate_fuzz() {
  configure_and_build fuzz || return 1
  local program failed=0
  export -f fuzz_one
  local names=()
  for program in build/fuzz/bin/fuzz_*; do names+=("${program##*/fuzz_}"); done
  printf '%s\n' "${names[@]}" |
    xargs -n 1 -P "$jobs" -I{} bash -c 'fuzz_one "$@"' _ {} "$fuzz_seconds" || failed=1
  echo "${#names[@]} fuzzers, $fuzz_seconds s each"
  return $failed
}

# --- choosing and running ---

passed=0
failed=()

run_gate() {
  local name=$1 log=$logs/$1.log start=$SECONDS
  printf '==> %s\n' "$name"
  if "gate_$name" >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    grep -E '^(!!! SKIPPED|.*\*\*\*Skipped|tidy: |clients: |layers: |links: |shells: |packages: |[0-9]+% tests passed|[0-9]+ fuzzers)' "$log"
    printf '    ok (%d s)\n' $((SECONDS - start))
  else
    failed+=("$name")
    tail -n 60 "$log"
    printf '    FAILED (%d s): %s\n' $((SECONDS - start)) "$log"
    return 1
  fi
}

# A function, so that bash has read all of it before the first gate runs.
main() {
  local selected=() gate
  while [ $# -gt 0 ]; do
    case "$1" in
      --quick) selected=("${gates_quick[@]}") ;;
      --only)
        if [ -z "${2:-}" ] || ! declare -F "gate_$2" >/dev/null; then
          echo "tests/run.sh: no gate '${2:-}'; --list names them" >&2
          exit 2
        fi
        selected+=("$2")
        shift
        ;;
      --list) printf '%s\n' "${gates_all[@]}"; exit 0 ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  if [ "${#selected[@]}" -eq 0 ]; then selected=("${gates_all[@]}"); fi

  mkdir -p "$logs"
  for gate in "${selected[@]}"; do
    if ! run_gate "$gate" && [ "$gate" = dependencies ]; then
      break # nothing else could work
    fi
  done

  printf '\n%d minutes\n' $((SECONDS / 60))
  if [ "${#failed[@]}" -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}"
  fi
  printf 'gates: %d passed, %d failed\n' "$passed" "${#failed[@]}"
  if [ "${#failed[@]}" -gt 0 ]; then exit 1; fi
  exit 0
}

main "$@"

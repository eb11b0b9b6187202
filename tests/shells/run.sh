#!/usr/bin/env bash
# tests/shells/run.sh BIN_DIRECTORY [TEST ...]: see run.py.
set -euo pipefail
exec python3 "$(dirname "$0")/run.py" "$@"

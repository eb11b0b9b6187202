#!/usr/bin/env bash
# Formats all C++ of the tree, or with --check says what is not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=(-i)
case "${1:-}" in
  "") ;;
  --check) mode=(--dry-run --Werror) ;;
  *) echo "usage: tools/format.sh [--check]" >&2; exit 2 ;;
esac

formatter=${CLANG_FORMAT:-clang-format-19}
if ! command -v "$formatter" >/dev/null; then
  echo "tools/format.sh: $formatter is missing; run packaging/dependencies.sh" >&2
  exit 1
fi
# Files that git knows or could add: nothing below build/.
git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h' |
  while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
  done |
  xargs -0 -r -n 25 -P "$(nproc)" "$formatter" --style=file "${mode[@]}"

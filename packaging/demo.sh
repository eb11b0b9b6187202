#!/usr/bin/env bash
# A project of one file, compiled twice through ccache with ccache's own cache
# deleted in between: the second time the object comes from fabrik.
#
#   packaging/demo.sh FABRIK_PROGRAM
set -euo pipefail

fabrik=$(readlink -f "${1:?usage: packaging/demo.sh FABRIK_PROGRAM}")
demo=$(mktemp -d "${TMPDIR:-/tmp}/fabrik-demo-XXXXXX")
compiler=clang-19

# A private HOME: nothing of yours is read, nothing is left behind.
export HOME=$demo/home
export XDG_CONFIG_HOME=$HOME/.config XDG_STATE_HOME=$HOME/.state XDG_CACHE_HOME=$HOME/.cache
export CCACHE_DIR=$demo/ccache
unset XDG_RUNTIME_DIR CCACHE_REMOTE_STORAGE
mkdir -p "$HOME" "$demo/project"

PATH=$(dirname "$fabrik"):$PATH
export PATH
cleanup() {
  (cd "$demo/project" && fabrik stop >/dev/null 2>&1) || true
  rm -rf "$demo"
}
trap cleanup EXIT

cat >"$demo/project/hello.c" <<'C'
#include <stdio.h>
int main(void) { puts("hello from the cache"); return 0; }
C
(cd "$demo/project" && fabrik init >/dev/null)

# The rc file, and what a person types then.
echo 'eval "$(fabrik activate bash)"' >"$HOME/.bashrc"
cat >"$demo/session.sh" <<'SESSION'
cd "$1/project"
show() { printf '    $ %s\n' "$*"; "$@"; }
numbers() { ccache --print-stats | awk -F'\t' '/^(remote_storage_hit|remote_storage_miss)\t/ { printf "      %s %s\n", $1, $2 }'; }

printf '    CCACHE_REMOTE_STORAGE=%s\n' "${CCACHE_REMOTE_STORAGE:-not set: the hook did not work}"
echo "  the first build: nothing is cached"
show ccache "$2" -c hello.c -o hello.o
numbers
echo "  ccache's own cache and the object deleted, then again"
show rm -rf "$CCACHE_DIR" hello.o
show ccache "$2" -c hello.c -o hello.o
numbers
"$2" hello.o -o hello && ./hello | sed 's/^/      /'
hits=$(ccache --print-stats | awk -F'\t' '$1 == "remote_storage_hit" { print $2 }')
[ "${hits:-0}" -gt 0 ]
SESSION

# An interactive shell without a terminal of its own says so; nobody needs to read that.
if setsid --wait bash --noprofile --rcfile "$HOME/.bashrc" -ic '. "$0"' \
  "$demo/session.sh" "$demo" "$compiler" </dev/null 2> >(grep -v -e '^bash: cannot set terminal' -e '^bash: no job control' >&2); then
  echo "  the second build was a hit"
else
  echo "packaging/demo.sh: the second build was not a hit" >&2
  (cd "$demo/project" && fabrik doctor >&2) || true
  exit 1
fi

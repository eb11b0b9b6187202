#!/usr/bin/env bash
# Proves that packaging/quickstart.sh and tests/run.sh work on a machine that has
# never seen fabrik: in new Debian 12 and 13 trees, from a fresh clone, with an
# empty HOME. Needs root, debootstrap and a network. A nightly job.
#
#   tests/fresh.sh [--quickstart-only] [--cold] [--keep] [bookworm] [trixie]
#
# Minimal trees, and per suite what the compiler and clang-tidy remember (--cold:
# nothing), are kept in $FABRIK_FRESH_DIR (default: ~/.cache/fabrik-fresh); the trees
# are copied before use. Logs go to build/test-logs/fresh-SUITE-*.log.
set -uo pipefail
cd "$(dirname "$0")/.."

store=${FABRIK_FRESH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/fabrik-fresh}
logs=$PWD/build/test-logs
home=/home/newcomer  # inside the trees; empty but for what is remembered
remembered=(ccache fabrik-tidy)  # in ~/.cache
quickstart_only=no keep=no cold=no suites=()
for argument in "$@"; do
  case "$argument" in
    --quickstart-only) quickstart_only=yes ;;
    --keep) keep=yes ;;
    --cold) cold=yes ;;
    bookworm | trixie) suites+=("$argument") ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
if [ "${#suites[@]}" -eq 0 ]; then suites=(bookworm trixie); fi
if [ "$(id -u)" -ne 0 ]; then
  echo "tests/fresh.sh: needs root for debootstrap and chroot" >&2
  exit 1
fi
. packaging/apt.sh
apt_install "fresh trees" debootstrap util-linux
mkdir -p "$store" "$logs"

# A minimal tree, made once per suite.
base_tree() { # SUITE
  local base=$store/base-$1
  if [ ! -e "$base/.complete" ]; then
    echo "==> $1: debootstrap (once)"
    rm -rf --one-file-system "$base"
    debootstrap --variant=minbase "$1" "$base" >"$logs/fresh-$1-debootstrap.log" 2>&1 || {
      tail -n 20 "$logs/fresh-$1-debootstrap.log" >&2
      return 1
    }
    touch "$base/.complete"
  fi
}

# What was made of the same sources in such a tree before. It says nothing about
# what a new machine needs, and saves most of the time.
remember() { # SUITE TREE
  local name
  if [ "$cold" = no ]; then
    for name in "${remembered[@]}"; do
      mkdir -p "$store/cache-$1/$name" "$2$home/.cache/$name"
    done
  fi
}

# A copy with this machine's name resolution and certificate authorities, and a
# clone of what is committed.
new_tree() { # SUITE TREE
  rm -rf --one-file-system "$2"
  cp -a "$store/base-$1" "$2" &&
    cp -L /etc/resolv.conf /etc/hosts "$2/etc/" &&
    mkdir -p "$2/usr/local/share/ca-certificates" "$2/src" "$2$home" &&
    remember "$1" "$2" &&
    { cp -a /usr/local/share/ca-certificates/. "$2/usr/local/share/ca-certificates/" 2>/dev/null || true; } &&
    git clone -q --no-hardlinks . "$2/src/fabrik" &&
    git -C "$2/src/fabrik" remote remove origin
}

# Runs a command in the tree, in mount and process namespaces of its own: mounts
# and stray daemons end with it. The tree becomes the root itself: in a mere chroot, tests
# may not make namespaces of their own.
inside() { # SUITE COMMAND...
  local tree=$store/tree-$1 cache=$store/cache-$1
  shift
  home=$home remembered="${remembered[*]}" unshare --mount --pid --fork --kill-child bash -c '
    set -e
    tree=$1 cache=$2
    shift 2
    mount --bind "$tree" "$tree"
    for name in $remembered; do
      if [ -d "$tree$home/.cache/$name" ]; then mount --bind "$cache/$name" "$tree$home/.cache/$name"; fi
    done
    mount -t proc proc "$tree/proc"
    mount -t sysfs sys "$tree/sys"
    mount --rbind /dev "$tree/dev"
    cd "$tree"
    mkdir -p old-root
    pivot_root . old-root
    cd /
    umount --lazy /old-root
    exec /usr/bin/env -i HOME="$home" TERM=dumb LANG=C.UTF-8 CI=true \
      NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      bash -c "cd /src/fabrik && exec \"\$@\"" bash "$@"' bash "$tree" "$cache" "$@"
}

passed=0 failed=()
prove() { # SUITE NAME COMMAND...
  local suite=$1 name=$2 log=$logs/fresh-$1-$2.log start=$SECONDS
  shift 2
  echo "==> $suite: $name"
  if inside "$suite" "$@" >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    echo "    ok ($((SECONDS - start)) s)"
  else
    failed+=("$suite $name")
    tail -n 60 "$log"
    echo "    FAILED ($((SECONDS - start)) s): $log"
  fi
}

for suite in "${suites[@]}"; do
  if ! base_tree "$suite" || ! new_tree "$suite" "$store/tree-$suite"; then
    failed+=("$suite tree")
    continue
  fi
  prove "$suite" quickstart packaging/quickstart.sh
  prove "$suite" quickstart-again packaging/quickstart.sh --prefix /opt/fabrik
  if [ "$quickstart_only" = no ]; then
    prove "$suite" tests tests/run.sh
  fi
  if [ "$keep" = no ]; then rm -rf --one-file-system "$store/tree-$suite"; fi
done

echo
if [ "${#failed[@]}" -gt 0 ]; then printf 'failed: %s\n' "${failed[@]}"; fi
printf 'fresh: %d passed, %d failed\n' "$passed" "${#failed[@]}"
[ "${#failed[@]}" -eq 0 ]

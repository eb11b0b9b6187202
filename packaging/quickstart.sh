#!/usr/bin/env bash
# From a fresh Debian 12 or 13 to a warm build cache in one command: installs what
# is needed, builds fabrik, installs it, and shows a real build tool missing and
# then hitting, through the real shell hook.
#
#   packaging/quickstart.sh [--prefix DIR] [--no-demo]      default prefix: ~/.local
#
# Safe to run again. Changes nothing outside the prefix, build/ and (only when a
# package is missing) the system's packages.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${HOME:?HOME is not set}/.local
demo=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --prefix) prefix=${2:?--prefix needs a directory}; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --no-demo) demo=no ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
case "$prefix" in /*) ;; *) prefix=$PWD/$prefix ;; esac

step() { printf '\n==> %s\n' "$*"; }

step "1/4 dependencies"
packaging/dependencies.sh

step "2/4 build (the first time takes a few minutes)"
cmake --preset release --log-level=WARNING
# The status line of ninja is the progress; one line each where nobody looks.
NINJA_STATUS='    [%f/%t] ' cmake --build --preset release -j "$(nproc)" --target fabrik fabrikd

step "3/4 install to $prefix"
cmake --install build/release --prefix "$prefix" --strip | sed -n 's/^-- Installing: /    /p'
export PATH=$prefix/bin:$PATH
fabrik --version

if [ "$demo" = yes ]; then
  step "4/4 demo: ccache, which knows nothing of fabrik but its environment"
  packaging/demo.sh "$prefix/bin/fabrik"
fi

case "$(basename "${SHELL:-bash}")" in
  zsh) shell=zsh rc="~/.zshrc" line='eval "$(fabrik activate zsh)"' ;;
  fish) shell=fish rc="~/.config/fish/config.fish" line='fabrik activate fish | source' ;;
  *) shell=bash rc="~/.bashrc" line='eval "$(fabrik activate bash)"' ;;
esac
step "ready"
cat <<END
Add this to $rc ($shell) and open a new shell:

    export PATH="$prefix/bin:\$PATH"
    $line

Then, in any project:

    fabrik init     # writes fabrik.toml
    fabrik status   # what is running, and where
END
if [ "$shell" = fish ]; then echo "(in fish: fish_add_path $prefix/bin)"; fi

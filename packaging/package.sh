#!/usr/bin/env bash
# Makes the packages of an already built release. The same sources give the same
# bytes: times come from the last commit, the version from CMake.
#
#   packaging/package.sh [--build DIR] [--output DIR] [--url-base URL] [deb|tar|formula]...
#
#   deb      fabrik_VERSION_ARCH.deb
#   tar      fabrik-VERSION-linux-ARCH.tar.gz with its own install.sh
#   formula  fabrik.rb for Homebrew on Linux, for the tarball below URL
# Default: all three, from build/release to build/packages.
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/release output=build/packages url_base=file://$PWD/build/packages kinds=()
while [ $# -gt 0 ]; do
  case "$1" in
    --build) build=${2:?--build needs a directory}; shift ;;
    --output) output=${2:?--output needs a directory}; shift ;;
    --url-base) url_base=${2:?--url-base needs an address}; shift ;;
    deb | tar | formula) kinds+=("$1") ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
if [ "${#kinds[@]}" -eq 0 ]; then kinds=(deb tar formula); fi
if [ ! -x "$build/bin/fabrik" ] || [ ! -f "$build/cli/fabrik.1" ]; then
  echo "packaging/package.sh: $build is no release build; run cmake --preset release && cmake --build --preset release --target fabrik fabrikd" >&2
  exit 1
fi

version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
umask 022
mkdir -p "$output"
output=$(cd "$output" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/fabrik-package-XXXXXX")
trap 'rm -rf "$work"' EXIT

# stage DIR PREFIX: what is installed, stripped, below DIR.
stage() {
  DESTDIR=$1 cmake --install "$build" --prefix "$2" --strip >/dev/null
}

# What fabrikd needs of the system: the libraries that are not linked statically.
library_dependencies() { # ROOT
  if command -v dpkg-shlibdeps >/dev/null; then
    mkdir -p "$work/shlibs/debian"
    printf 'Source: fabrik\n\nPackage: fabrik\nArchitecture: any\n' >"$work/shlibs/debian/control"
    (cd "$work/shlibs" && dpkg-shlibdeps -O -e"$1/usr/libexec/fabrik/fabrikd" 2>/dev/null) |
      sed -n 's/^shlibs:Depends=//p'
  else
    echo "libc6 (>= $(ldd --version | sed -n '1s/.* //p'))"
  fi
}

make_deb() {
  local root=$work/deb arch doc
  arch=$(dpkg --print-architecture)
  doc=$root/usr/share/doc/fabrik
  stage "$root" /usr
  # Debian's zsh looks here; site-functions is for the local administrator.
  mkdir -p "$root/usr/share/zsh/vendor-completions" "$doc" "$root/DEBIAN"
  mv "$root/usr/share/zsh/site-functions/_fabrik" "$root/usr/share/zsh/vendor-completions/"
  rmdir "$root/usr/share/zsh/site-functions"
  gzip -9n "$root/usr/share/man/man1/fabrik.1"
  install -m 644 packaging/debian/copyright "$doc/copyright"
  sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")/" \
    packaging/debian/changelog.in | gzip -9n >"$doc/changelog.gz"
  sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" \
    -e "s/@DEPENDS@/$(library_dependencies "$root")/" \
    -e "s/@SIZE@/$(du -sk --apparent-size "$root/usr" | cut -f1)/" \
    packaging/debian/control.in >"$root/DEBIAN/control"
  (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -Zxz --build "$root" "$output/fabrik_${version}_$arch.deb" >/dev/null
  echo "$output/fabrik_${version}_$arch.deb"
}

tar_name() { echo "fabrik-$version-linux-$(uname -m)"; }

make_tar() {
  local name root
  name=$(tar_name)
  root=$work/tar/$name
  mkdir -p "$root"
  stage "$work/tar/stage" /usr
  mv "$work/tar/stage/usr/"* "$root/"
  install -m 755 packaging/tarball/install.sh "$root/install.sh"
  install -m 644 README.md "$root/README.md"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    -C "$work/tar" -cf - "$name" | gzip -9n >"$output/$name.tar.gz"
  echo "$output/$name.tar.gz"
}

make_formula() {
  local file
  file=$output/$(tar_name).tar.gz
  [ -f "$file" ] || make_tar >/dev/null
  sed -e "s|@URL@|$url_base/${file##*/}|" -e "s/@VERSION@/$version/" \
    -e "s/@SHA256@/$(sha256sum "$file" | cut -d' ' -f1)/" \
    packaging/homebrew/fabrik.rb.in >"$output/fabrik.rb"
  echo "$output/fabrik.rb"
}

for kind in "${kinds[@]}"; do "make_$kind"; done

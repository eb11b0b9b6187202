# Sourced by the dependency scripts: installs what is missing of a list of
# Debian packages. Nothing to do means no network and no root.

say() { printf '==> %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "packaging: '$*' needs root, and there is no sudo; run this script as root once" >&2
    return 1
  fi
}

need_debian() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "packaging: this script knows Debian 12 and 13 (apt-get); elsewhere install what it lists" >&2
    return 1
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      printf '%s\n' "$package"
    fi
  done
}

# A package index is needed before anything can be found in it.
apt_update_once() {
  if [ -z "${FABRIK_APT_UPDATED:-}" ]; then
    say "refreshing the package index"
    as_root apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 update -q=2
    FABRIK_APT_UPDATED=1
  fi
}

# apt_install PURPOSE PACKAGE...
apt_install() {
  local purpose=$1 missing
  shift
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    say "$purpose: all $# packages are there"
    return 0
  fi
  apt_update_once
  say "$purpose: installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
    install -y -q=1 --no-install-recommends "${missing[@]}" >"${APT_LOG:-/dev/stderr}" || {
    echo "packaging: apt-get could not install ${missing[*]}" >&2
    if [ -n "${APT_LOG:-}" ]; then tail -n 20 "$APT_LOG" >&2; fi
    return 1
  }
}

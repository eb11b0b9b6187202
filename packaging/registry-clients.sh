# Sourced by test-dependencies.sh: clients of the OCI registry that Debian 12 does not
# have. They come from Debian 13, through an apt configuration of their own, and
# are unpacked beside the other test clients, not installed: Go programs that run
# on Debian 12 as they are. crane has no package in either and is built when there
# is a Go that can.

REGISTRY_PACKAGES="docker.io docker-cli docker-buildx oras"
CRANE=github.com/google/go-containerregistry/cmd/crane@v0.20.7

# The archive this machine uses for Debian itself, not for its security updates.
debian_archive() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    grep -v security | head -n 1
}

# newer_apt COMMAND...: apt with Debian 13's lists and nothing of this machine's.
newer_apt() {
  APT_CONFIG=$clients/debian-13/apt.conf "$@"
}

prepare_newer_apt() {
  local dir=$clients/debian-13 archive
  archive=$(debian_archive)
  if [ -z "$archive" ]; then
    apt_update_once
    archive=$(debian_archive)
  fi
  [ -n "$archive" ] || { echo "packaging: apt knows no archive of Debian" >&2; return 1; }
  mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/state/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' \
    "$archive" >"$dir/sources.list"
  cat >"$dir/apt.conf" <<END
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
Dir::State "$dir/state";
Dir::State::status "$dir/state/status";
Dir::Cache "$dir/cache";
APT::Sandbox::User "root";
Acquire::Retries "3";
END
}

# Into $clients/debian-13/root.
registry_packages() {
  local dir=$clients/debian-13 deb
  if [ "$(cat "$dir/.installed" 2>/dev/null)" = "$REGISTRY_PACKAGES" ]; then
    say "$REGISTRY_PACKAGES: in $dir/root"
    return 0
  fi
  say "$REGISTRY_PACKAGES: unpacking Debian 13's into $dir/root"
  prepare_newer_apt || return 1
  rm -rf "$dir/root" "$dir"/cache/archives/*.deb
  # shellcheck disable=SC2086  # a list of words
  (newer_apt apt-get update -q=2 &&
    cd "$dir/cache/archives" && newer_apt apt-get download -q=2 $REGISTRY_PACKAGES) \
    >"$APT_LOG" 2>&1 || {
    tail -n 20 "$APT_LOG" >&2
    echo "packaging: apt-get could not download $REGISTRY_PACKAGES" >&2
    return 1
  }
  mkdir -p "$dir/root"
  for deb in "$dir"/cache/archives/*.deb; do
    dpkg-deb -x "$deb" "$dir/root" || return 1
  done
  rm -rf "$dir/cache" "$dir/state/lists"
  printf '%s' "$REGISTRY_PACKAGES" >"$dir/.installed"
}

crane_client() {
  local dir=$clients/crane
  if [ "$(cat "$dir/.installed" 2>/dev/null)" = "$CRANE" ]; then
    say "crane: in $dir"
  elif ! command -v go >/dev/null; then
    say "crane: no Go on this machine, left out"
  else
    say "crane: building into $dir"
    mkdir -p "$dir"
    # Not the user's module cache: ours can be deleted with the rest.
    if GOBIN=$dir GOPATH=$dir/go GOFLAGS=-modcacherw go install "$CRANE" >"$APT_LOG" 2>&1; then
      printf '%s' "$CRANE" >"$dir/.installed"
    else
      say "crane: cannot be built here, left out: $(tail -n 1 "$APT_LOG")"
    fi
    rm -rf "$dir/go"
  fi
}

registry_clients() {
  apt_install "registry clients" skopeo buildah containerd runc || return 1
  registry_packages || return 1
  crane_client
}

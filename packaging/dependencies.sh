#!/usr/bin/env bash
# Installs what building fabrik needs, on Debian 12 or 13. Safe to run again:
# what is there already is left alone, and then neither root nor network is used.
set -euo pipefail
cd "$(dirname "$0")"
. ./apt.sh
need_debian

packages=(
  clang-19 lld-19 cmake ninja-build ccache git ca-certificates
  librocksdb-dev libgflags-dev libsnappy-dev zlib1g-dev libbz2-dev liblz4-dev libzstd-dev libxxhash-dev
  libssl-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libtoml11-dev libcxxopts-dev
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc pkg-config
  libgtest-dev libgmock-dev
)
# Beast and Asio: Debian 12 has 1.74 by default, and 1.81 beside it.
. /etc/os-release
case "${VERSION_ID:-}" in
  12) packages+=(libboost1.81-dev) ;;
  *) packages+=(libboost-dev) ;;
esac

APT_LOG=$(mktemp)
trap 'rm -f "$APT_LOG"' EXIT
apt_install "build dependencies" "${packages[@]}"

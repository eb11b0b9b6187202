#!/bin/sh
# Installs fabrik from the directory this script lies in, or takes it away again.
#
#   ./install.sh [--prefix DIR]               default: ~/.local, for root /usr/local
#   ./install.sh --uninstall [--prefix DIR]   removes exactly what was installed
#
# A copy stays in DIR/share/fabrik, for the day of the uninstall. Safe to run again,
# also over a running fabrik: files are replaced in one step each, and daemons go
# over to the new version at the next prompt.
set -eu

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
uninstall=no prefix=
while [ $# -gt 0 ]; do
  case "$1" in
    --uninstall) uninstall=yes ;;
    --prefix) [ $# -gt 1 ] || usage; prefix=$2; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    *) usage ;;
  esac
  shift
done
# Run from an installation, its own prefix is meant.
if [ -z "$prefix" ] && [ -f "$here/files" ]; then
  prefix=$(CDPATH= cd -- "$here/../.." && pwd)
elif [ -z "$prefix" ] && [ "$(id -u)" -eq 0 ]; then
  prefix=/usr/local
elif [ -z "$prefix" ]; then
  prefix=${HOME:?HOME is not set; give --prefix DIR}/.local
fi
list=$prefix/share/fabrik/files

# Removes a file of ours, then the directories that became empty, up to the prefix.
remove() {
  rm -f "$prefix/$1"
  directory=$(dirname -- "$1")
  while [ "$directory" != . ] && rmdir "$prefix/$directory" 2>/dev/null; do
    directory=$(dirname -- "$directory")
  done
}

if [ "$uninstall" = yes ]; then
  if [ ! -f "$list" ]; then
    echo "install.sh: fabrik is not installed in $prefix ($list is missing)" >&2
    exit 1
  fi
  files=$(cat "$list")
  printf '%s\n' "$files" | while IFS= read -r file; do remove "$file"; done
  echo "Removed fabrik from $prefix."
  echo "Left for you: the hook's line in your shell's rc file, and what fabrik keeps in"
  echo "your home: \${XDG_CACHE_HOME:-~/.cache}/fabrik, \${XDG_STATE_HOME:-~/.local/state}/fabrik."
  exit 0
fi

if [ ! -x "$here/bin/fabrik" ] || [ ! -x "$here/libexec/fabrik/fabrikd" ]; then
  echo "install.sh: $here is not an unpacked fabrik archive" >&2
  exit 1
fi

files=$(cd "$here" && find bin libexec share ! -type d | LC_ALL=C sort)
put() { # FROM NAME: in one step, so that nobody ever runs half a program
  mkdir -p "$prefix/$(dirname -- "$2")"
  cp -P "$1" "$prefix/$2.new"
  mv -f "$prefix/$2.new" "$prefix/$2"
}
printf '%s\n' "$files" | while IFS= read -r file; do put "$here/$file" "$file"; done
put "$here/install.sh" share/fabrik/install.sh
{ printf '%s\n' "$files"; echo share/fabrik/install.sh; echo share/fabrik/files; } >"$list.new"
mv -f "$list.new" "$list"

echo "Installed $("$prefix/bin/fabrik" --version) in $prefix."
case ":$PATH:" in
  *":$prefix/bin:"*) ;;
  *) echo "Put it on your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
cat <<'END'
One line at the end of your shell's rc file, then open a new shell:
  bash  ~/.bashrc                   eval "$(fabrik activate bash)"
  zsh   ~/.zshrc                    eval "$(fabrik activate zsh)"
  fish  ~/.config/fish/config.fish  fabrik activate fish | source
END

#!/usr/bin/env python3
"""Checks the include arrows between the rooms (docs/ARCHITECTURE.md).

A room may include itself, and the rooms its line below names. The heavy
libraries have one room each. Exits 1 and names file, line and rule otherwise.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# room -> rooms it may include. Everything downwards; no cycles (checked).
ALLOWED = {
    "base": set(),
    "config": {"base"},
    "statefs": {"base", "config"},
    "net": {"base"},
    "cache": {"base", "net"},
    "auth": {"base", "net", "config"},
    "upstream": {"base", "net", "cache", "auth"},
    "adapters": {"base", "config", "net", "cache", "auth"},
    "daemon": {"base", "config", "statefs", "net", "cache", "auth", "upstream", "adapters"},
    "shell-hooks": {"base"},
    "activate": {"base", "config", "statefs", "shell-hooks"},
    "ccache_helper": {"base"},
    "cli": {"base", "config", "statefs", "shell-hooks", "activate", "ccache_helper"},
}

# What may be included of a room from above, when not everything.
PUBLIC_HEADERS = {
    # Interfaces only: the files that see all of Beast stay few.
    ("adapters", "config"): {"config/config.hpp"},
    ("adapters", "net"): {"net/http_exchange.hpp", "net/http_message.hpp", "net/task.hpp",
                          "net/rpc.hpp", "net/caller.hpp"},
    ("cache", "net"): {"net/http_exchange.hpp", "net/http_message.hpp", "net/task.hpp",
                       "net/blocking_pool.hpp"},
}

# library -> (pattern of its includes, the only rooms that may use it)
LIBRARIES = {
    "RocksDB": (re.compile(r"rocksdb/"), {"cache"}),
    "Boost.Beast": (re.compile(r"boost/beast"), {"net"}),
    "Boost.Asio": (re.compile(r"boost/asio"), {"net", "cache", "adapters", "upstream", "daemon"}),
    "gRPC": (re.compile(r"grpc(pp)?/(?!health/)"), {"net"}),
    "Protobuf": (re.compile(r"google/protobuf/|.*\.pb\.h$"), {"adapters", "upstream"}),
    "zstd": (re.compile(r"zstd\.h"), {"adapters", "cache", "upstream"}),
    "cxxopts": (re.compile(r"cxxopts"), {"cli"}),
    "toml11": (re.compile(r"toml(\.hpp|/|11)"), {"config"}),
    "spdlog": (re.compile(r"spdlog/"), {"base"}),
    "OpenSSL": (re.compile(r"openssl/"), {"base", "net", "auth"}),
    "GoogleTest": (re.compile(r"g(test|mock)/"), set()),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def sources(room):
    for path in sorted((ROOT / room).rglob("*")):
        if path.suffix in (".hpp", ".cpp", ".h") and path.is_file():
            yield path


def check_project_include(room, header, quoted):
    target = header.split("/", 1)[0]
    if target not in ALLOWED:
        if quoted and not (ROOT / header).exists() and "/" in header:
            return None  # generated, or a library included with quotes
        if quoted and "/" in header and target in ("tests", "bench", "fuzz"):
            return f"product code must not include {header}"
        if quoted and "/" not in header:
            return f'write includes from the root of the tree: "room/{header}"'
        return None
    if target == room:
        return None
    if target not in ALLOWED[room]:
        return f"{room}/ must not include {target}/ ({header})"
    public = PUBLIC_HEADERS.get((room, target))
    if public is not None and header not in public:
        return f"{room}/ may include of {target}/ only {', '.join(sorted(public))}, not {header}"
    return None


def check_adapter_include(path, header):
    """An adapter's folder may include itself and adapters/shared/, not its siblings."""
    inside, target = path.relative_to(ROOT).parts, header.split("/")
    if inside[0] != "adapters" or target[0] != "adapters" or len(inside) < 3 or len(target) < 3:
        return None
    if target[1] in (inside[1], "shared"):
        return None
    return f"adapters/{inside[1]}/ must not include adapters/{target[1]}/ ({header})"


def check_file(room, path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, header = match.group(1) == '"', match.group(2)
        problem = (check_project_include(room, header, quoted)
                   or check_adapter_include(path, header))
        for library, (pattern, rooms) in LIBRARIES.items():
            if pattern.match(header) and room not in rooms:
                problem = f"only {', '.join(sorted(rooms)) or 'tests'} may include {library}"
        if problem:
            yield f"{path.relative_to(ROOT)}:{number}: {problem}"


def cycle():
    """A room that reaches itself, or None."""
    def reach(room, seen):
        for below in ALLOWED[room]:
            if below not in seen:
                seen.add(below)
                reach(below, seen)
        return seen
    return next((room for room in ALLOWED if room in reach(room, set())), None)


def main():
    if cycle():
        sys.exit(f"layers.py: the table itself has a cycle at {cycle()}")
    problems, files = [], 0
    for room in ALLOWED:
        for path in sources(room):
            files += 1
            problems += check_file(room, path)
    print("\n".join(problems) if problems else f"layers: {files} files, all arrows point down")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Keeps files small: prints the median per room, fails over the limit."""
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 400  # lines of one file of the product
ROOMS = ["base", "config", "statefs", "net", "cache", "auth", "upstream", "adapters", "daemon",
         "shell-hooks", "activate", "ccache_helper", "cli"]
SUFFIXES = {".cpp", ".hpp", ".bash", ".zsh", ".fish", ".sh", ".gradle"}


def main():
    over, everything = [], []
    for room in ROOMS:
        files = [p for p in sorted((ROOT / room).rglob("*")) if p.suffix in SUFFIXES]
        sizes = {p: len(p.read_text(errors="replace").splitlines()) for p in files}
        if not sizes:
            continue
        everything += sizes.values()
        largest = max(sizes, key=sizes.get)
        print(f"{room:12} {len(sizes):3} files  median {statistics.median(sizes.values()):5.0f}"
              f"  largest {sizes[largest]:4} {largest.relative_to(ROOT)}")
        over += [f"{p.relative_to(ROOT)}: {n} lines, the limit is {LIMIT}"
                 for p, n in sizes.items() if n > LIMIT]
    if everything:
        print(f"{'all':12} {len(everything):3} files  median {statistics.median(everything):5.0f}")
    print("\n".join(over))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

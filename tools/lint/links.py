#!/usr/bin/env python3
"""Checks that every relative link of the Markdown files leads to a file, and its
anchor to a heading; and that docs/README.md names every page of docs/."""
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def prose(page):
    """The text without code, where brackets mean something else."""
    text = re.sub(r"(?s)```.*?```", "", page.read_text(encoding="utf-8"))
    return re.sub(r"(?m)^    .*$", "", text)


def anchors(page):
    headings = re.findall(r"(?m)^#+ (.*)$", prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def problems_of(page):
    for link in LINK.findall(prose(page)):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists():
            yield f"{page.relative_to(TREE)}: {link} does not exist"
        elif anchor and anchor not in anchors(target):
            yield f"{page.relative_to(TREE)}: {link}: there is no such heading"


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard",
                             "*.md"], cwd=TREE, capture_output=True, text=True, check=True).stdout
    pages = [TREE / name for name in listed.splitlines() if (TREE / name).exists()]
    problems = [problem for page in pages for problem in problems_of(page)]
    index = TREE / "docs/README.md"
    named = {link.partition("#")[0] for link in LINK.findall(prose(index))}
    problems += [f"docs/README.md does not name {page.name}" for page in pages
                 if page.parent == index.parent and page != index and page.name not in named]
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"links: {len(pages)} pages, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

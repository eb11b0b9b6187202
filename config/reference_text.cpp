#include "config/reference_text.hpp"

namespace fabrik::config {

const std::string_view kReferenceIntroduction =
    R"md(<!-- Written by `fabrik config generate --template docs`. Edit config/reference_text.cpp and
     the table in config/keys_*.hpp instead. -->
# Configuration

fabrik works without any configuration beyond an empty `fabrik.toml`: the file marks a directory as a
project. `fabrik init` writes one, `fabrik config validate` checks it, `fabrik config show --origin`
prints what is in force and where each value comes from.

## Where values come from

The first of these that names a key wins:

1. a flag on the command line,
2. an environment variable,
3. the configuration file,
4. the default.

**Environment.** Every key has a variable: `FABRIK_CONFIG_`, then the key in capitals with `_` for each
`.` and `-`: `cache.max_size` is `FABRIK_CONFIG_CACHE_MAX_SIZE`, the `url` of the first upstream is
`FABRIK_CONFIG_UPSTREAM_0_URL`. Lists are separated by commas. A variable that is set to nothing counts
as not set. Older spellings are listed with their keys; where both are set, the one above counts. A
daemon sees the environment of the command that started it, and values that come from the environment
are not part of what decides whether a running daemon still fits: `fabrik restart` after a change.

**Which file.** `--config FILE`, else `FABRIK_CONFIG` (or `FABRIK_CONFIG_PATH`), else the nearest
`fabrik.toml` in the current directory or above it, else `$XDG_CONFIG_HOME/fabrik/config.toml`
(`~/.config/fabrik/config.toml`). Only one file is read; they are not merged. The way up ends

- below the directory that holds your home directory: `/home` is never searched,
- at a mount boundary,
- below `$FABRIK_CEILING`, if that names a directory.

A `fabrik.toml` that belongs to another user than you or root is reported and not used, and so is one
that is no regular file or larger than 64 KiB. Name it with `FABRIK_CONFIG` to use it all the same.

Relative paths belong to the directory of the file, `~/` is your home directory.

## Errors

Unknown keys and bad values are errors, all of them are listed, and each line says where:

    /home/me/project/fabrik.toml:3:1: unknown key "cache.max_sise" (did you mean "cache.max_size"?)
    /home/me/project/fabrik.toml:4:1: cache.default_ttl = "5 bananas": has an unknown unit; write it like "30s", "5m", "2h" or "7d"

`fabrik config validate` ends with status 78 when there are errors. A shell that enters a project with
a broken file gets one line on standard error and no variables; one that is inside already keeps what
it has. Keys that this version does not act on yet are checked all the same, and
`fabrik config validate` names them.

## Trust

A `fabrik.toml` comes with a checkout, and `cd` is enough to make it count. So what it may do by itself
is limited to the project: sizes, eviction, log level, which build tools are served, and a `cache.dir`
strictly inside the project or inside your cache home (but not in the stores of other projects there).
Links are followed before that is decided, and what cannot be decided counts as outside.

Everything that reaches further is a *privileged* key: other machines, credentials, addresses that are
not loopback, TLS, and other places on the disk. Privileged keys of a project's file are ignored, with
one line that says so, until you have read them and run `fabrik trust`. The decision covers exactly this
path with exactly this content; after an edit you are asked again. Your own configuration file, the
environment and flags are yours and always trusted.

## Values

| type | how it is written |
|---|---|
| size | `"5GB"`, `"512MiB"`; `KB MB GB TB` count in thousands, `KiB MiB GiB TiB` and `K M G T` in 1024; an integer means bytes |
| duration | `"250ms"`, `"30s"`, `"5m"`, `"2h"`, `"7d"`, `"1w"`; only `"0"` needs no unit |
| address | `"127.0.0.1:7070"`, `"[::1]:7070"`, `"cache.example.com:7070"` |
| path | `"relative/to/this/file"`, `"~/below/home"`, `"/absolute"` |
| boolean | `true`, `false`; in the environment also `1`, `yes`, `on`, `0`, `no`, `off` |
)md";

}  // namespace fabrik::config

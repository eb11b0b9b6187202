# What `fabrik activate fish | source` runs. fish 3.1 and later.
#
# Every name starts with __fabrik_ but for the function fabrik; all are gone after
# `fabrik deactivate`. Nothing forks unless something changed. Each line
# ends with a semicolon and comments are dropped when this is built in, because
# `eval (fabrik activate fish)` joins the lines. The program replaces the words
# between at signs.

# Sets __fabrik_found to the configuration that rules here, going by names alone,
# and __fabrik_watched to what `test` must say about a change of that: going up is
# too slow for every prompt here. Where a directory is a symlink the answer is
# different for each directory: only the program knows what lies above the real
# one.
function __fabrik_walk;
    set -l dir (string replace -r '/$' '' -- $PWD);
    set -l stop (string replace -r '/[^/]*/?$' '' -- "$HOME");
    set -g __fabrik_pwd $PWD;
    set -g __fabrik_found '';
    set -g __fabrik_watched;
    while true;
        if test -e "$dir/fabrik.toml";
            set -g __fabrik_found "$__fabrik_found$dir/fabrik.toml";
            set -a __fabrik_watched ! -e "$dir/fabrik.toml";
            return 0;
        end;
        set -a __fabrik_watched -e "$dir/fabrik.toml" -o;
        if test -L "$dir";
            set -g __fabrik_found "$PWD:";
        end;
        if test -z "$dir"; or test "$dir" = "$stop";
            break;
        end;
        set dir (string replace -r '/[^/]*$' '' -- $dir);
    end;
    set dir "$XDG_CONFIG_HOME";
    if not string match -q '/*' -- $dir;
        set dir "$HOME/.config";
    end;
    if test -e "$dir/fabrik/config.toml";
        set -g __fabrik_found "$__fabrik_found$dir/fabrik/config.toml";
        set -a __fabrik_watched !;
    end;
    set -a __fabrik_watched -e "$dir/fabrik/config.toml";
end;

# Seconds since the machine started. fish has no clock of its own; where /proc is
# missing, prompts are counted instead.
function __fabrik_clock;
    if test -n "$__fabrik_polled";
        set -g __fabrik_now (math $__fabrik_now + 1);
    else;
        read -l -d . seconds rest </proc/uptime;
        set -g __fabrik_now $seconds;
    end;
end;

# In a container whose first process waits for nobody, a dead daemon stays as a
# zombie: kill finds it, but it runs no program any more.
function __fabrik_alive;
    if test -n "$__fabrik_polled";
        command kill -0 $__fabrik_pid 2>/dev/null;
    else;
        test -e /proc/$__fabrik_pid/exe;
    end;
end;

# Does what the program said last still hold, here? In as few commands as can be:
# this runs at every prompt.
function __fabrik_same;
    test "$PWD" != "$__fabrik_pwd" -o "$FABRIK_CONFIG|$FABRIK_CONFIG_PATH|$FABRIK_CEILING|$FABRIK_DISABLE" != "$__fabrik_settings" -o $__fabrik_watched $__fabrik_doubts; and return 1;
    if test "$__fabrik_wait" != -1;
        __fabrik_clock;
        test $__fabrik_now -lt $__fabrik_until; or return 1;
    end;
    if test -n "$__fabrik_polled" -a -n "$__fabrik_pid";
        __fabrik_alive; or return 1;
    end;
    return 0;
end;

# What `test` must say, too, when the answer does not hold any more.
function __fabrik_doubt;
    set -g __fabrik_doubts;
    if test -n "$__fabrik_config"; and test -n "$__fabrik_stamp";
        set -a __fabrik_doubts -o ! -e "$__fabrik_config" -o ! -e "$__fabrik_stamp" -o "$__fabrik_config" -nt "$__fabrik_stamp";
    end;
    if test -z "$__fabrik_polled"; and test -n "$__fabrik_pid";
        set -a __fabrik_doubts -o ! -e "/proc/$__fabrik_pid/exe";
    end;
end;

function __fabrik_program;
    if test -x "$__fabrik_bin";
        $__fabrik_bin $argv;
    else;
        command fabrik $argv;
    end;
end;

# The same with what only this shell knows. The program puts one line for each
# variable here: a loop would be a scope of its own for what it exports. Mostly there
# is none of them, and one command finds that out.
function __fabrik_ask;
    test -x "$__fabrik_bin"; or command -sq fabrik; or return 0;
    set -lx __FABRIK_TOLD "$__fabrik_told";
    test -n "$__fabrik_fresh"; and set -lx __FABRIK_FRESH 1;
    set -q @names@;
    if test $status -lt @count@;
        set -lx __FABRIK_UNIVERSAL;
        @collect@
        __fabrik_program $argv --shell fish --from-hook;
        return $status;
    end;
    __fabrik_program $argv --shell fish --from-hook;
end;

function __fabrik_apply;
    set -g __fabrik_wait 30;
    __fabrik_ask activate --status | source;
    __fabrik_remember;
end;

function __fabrik_remember;
    set -g __fabrik_near "$__fabrik_found";
    set -g __fabrik_settings "$FABRIK_CONFIG|$FABRIK_CONFIG_PATH|$FABRIK_CEILING|$FABRIK_DISABLE";
    __fabrik_clock;
    set -g __fabrik_until (math $__fabrik_now + $__fabrik_wait);
    set -g __fabrik_fresh '';
    __fabrik_doubt;
end;

# The variables must be right as soon as `cd` returns: `cd project; and build`.
function __fabrik_update --on-variable PWD --on-event fish_prompt;
    __fabrik_same; and return 0;
    __fabrik_walk;
    if test "$__fabrik_found" != "$__fabrik_near"; or not __fabrik_same;
        __fabrik_apply;
    end;
end;

function __fabrik_forget;
    set -eg __fabrik_bin; set -eg __fabrik_shell; set -eg __fabrik_pwd; set -eg __fabrik_watched;
    set -eg __fabrik_near; set -eg __fabrik_settings; set -eg __fabrik_found;
    set -eg __fabrik_until;
    set -eg __fabrik_now; set -eg __fabrik_fresh; set -eg __fabrik_config; set -eg __fabrik_stamp;
    set -eg __fabrik_pid; set -eg __fabrik_polled; set -eg __fabrik_doubts;
    set -eg __fabrik_wait; set -eg __fabrik_told;
    functions -e __fabrik_walk __fabrik_clock __fabrik_alive __fabrik_same __fabrik_doubt;
    functions -e __fabrik_program __fabrik_ask __fabrik_remember __fabrik_apply __fabrik_update;
    functions -e __fabrik_stopped __fabrik_deactivate __fabrik_forget;
end;

function __fabrik_deactivate;
    set -l out (__fabrik_ask $argv | string collect);
    set -l result $pipestatus[1];
    test $result -eq 0; or return $result;
    eval "$out";
    functions -e fabrik;
    __fabrik_forget;
end;

# Whoever stops the daemon does not want the next prompt to start it again. Until
# this shell goes elsewhere and comes back it is as if there were no project.
function __fabrik_stopped;
    if test -n "$__fabrik_pid"; and not __fabrik_alive;
        begin;
            set -lx FABRIK_DISABLE 1;
            __fabrik_ask activate --status | source;
        end;
        __fabrik_remember;
    end;
end;

# What needs this very shell: the rest goes to the program as it is.
function fabrik;
    if contains -- -h $argv; or contains -- --help $argv; or contains -- -- $argv;
        __fabrik_program $argv;
        return $status;
    end;
    switch "$argv[1]";
        case deactivate;
            __fabrik_deactivate $argv;
        case stop;
            __fabrik_program $argv; or return $status;
            __fabrik_stopped;
        case trust untrust restart init;
            __fabrik_program $argv;
            set -l result $status;
            set -g __fabrik_settings again;
            __fabrik_update;
            return $result;
        case '*';
            __fabrik_program $argv;
    end;
end;

set -g __fabrik_bin @fabrik@;
if test "$__fabrik_shell" != "$fish_pid";
    set -g __fabrik_shell $fish_pid;
    set -g __fabrik_near '';
    set -g __fabrik_settings none;
    set -g __fabrik_found '';
    set -g __fabrik_pwd '';
    set -g __fabrik_watched -n always;
    set -g __fabrik_doubts;
    set -g __fabrik_polled '';
    test -r /proc/uptime; or set -g __fabrik_polled yes;
    set -g __fabrik_until 0;
    set -g __fabrik_now 0;
    set -g __fabrik_fresh 1;
    set -g __fabrik_config '';
    set -g __fabrik_stamp '';
    set -g __fabrik_pid '';
    set -g __fabrik_wait -1;
    set -g __fabrik_told '';
end;
if not status is-interactive;
    functions -e fabrik;
    __fabrik_update;
    __fabrik_forget;
end;

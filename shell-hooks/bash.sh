# What `eval "$(fabrik activate bash)"` runs. bash 3.2 and later.
#
# Every name starts with __fabrik_ but for the functions cd, pushd, popd and
# fabrik; all are gone after `fabrik deactivate`. Nothing forks unless
# something changed. Works under set -e, -u, -C, -a, posix mode and any
# IFS. The program replaces the words between at signs.

# Bash puts the user's aliases into functions that it reads while they are on.
__fabrik_aliases=-u
if \builtin shopt -q expand_aliases; then
  __fabrik_aliases=-s
fi
\builtin shopt -u expand_aliases

# Sets __fabrik_found to the configuration that rules here, going by names alone,
# and __fabrik_watched to what `[` must say when that has changed: going up is too
# slow for every prompt. Where a directory is a symlink the answer is different for
# each directory: only the program knows what lies above the real one.
function __fabrik_walk {
  local dir=${PWD%/} stop=${HOME-}
  stop=${stop%/}
  stop=${stop%/*}
  __fabrik_pwd=$PWD
  __fabrik_found=
  __fabrik_watched=()
  while :; do
    if [[ -e $dir/fabrik.toml ]]; then
      __fabrik_found=$__fabrik_found$dir/fabrik.toml
      __fabrik_watched+=(! -e "$dir/fabrik.toml")
      return 0
    fi
    __fabrik_watched+=(-e "$dir/fabrik.toml" -o)
    if [[ -L $dir ]]; then
      __fabrik_found=$PWD:
    fi
    if [[ -z $dir || $dir == "$stop" ]]; then
      break
    fi
    dir=${dir%/*}
  done
  dir=${XDG_CONFIG_HOME-}
  if [[ $dir != /* ]]; then
    dir=${HOME-}/.config
  fi
  if [[ -e $dir/fabrik/config.toml ]]; then
    __fabrik_found=$__fabrik_found$dir/fabrik/config.toml
    __fabrik_watched+=(!)
  fi
  __fabrik_watched+=(-e "$dir/fabrik/config.toml")
}

# In a container whose first process waits for nobody, a dead daemon stays as a
# zombie: kill finds it, but it runs no program any more.
function __fabrik_alive {
  if [[ -d /proc/$$ ]]; then
    [[ -e /proc/$__fabrik_pid/exe ]]
  else
    builtin kill -0 "$__fabrik_pid" 2>/dev/null
  fi
}

# Does what the program said last still hold, here? Forks nothing and sets nothing:
# this runs at every prompt, under whatever options the user has chosen.
function __fabrik_same {
  [[ $PWD == "$__fabrik_pwd" && $__fabrik_settings == "${FABRIK_CONFIG-}|${FABRIK_CONFIG_PATH-}|${FABRIK_CEILING-}|${FABRIK_DISABLE-}" ]] || return 1
  ! [ "${__fabrik_watched[@]}" "${__fabrik_doubts[@]}" ] || return 1
  if [[ -n $__fabrik_polled ]]; then
    __fabrik_alive || return 1
  fi
  if [[ $__fabrik_wait != -1 ]]; then
    (( ${SECONDS:-0} >= __fabrik_at && ${SECONDS:-0} - __fabrik_at < __fabrik_wait )) || return 1
  fi
}

# What `[` must say, too, when the answer does not hold any more: each command less
# is a shorter prompt.
function __fabrik_doubt {
  __fabrik_doubts=(-o -z never)
  __fabrik_polled=
  if [[ -n $__fabrik_config && -n $__fabrik_stamp ]]; then
    __fabrik_doubts+=(-o ! -e "$__fabrik_config" -o ! -e "$__fabrik_stamp"
      -o "$__fabrik_config" -nt "$__fabrik_stamp")
  fi
  if [[ ! -d /proc/$$ ]]; then
    __fabrik_polled=$__fabrik_pid
  elif [[ -n $__fabrik_pid ]]; then
    __fabrik_doubts+=(-o ! -e "/proc/$__fabrik_pid/exe")
  fi
}

function __fabrik_program {
  if [[ -x $__fabrik_bin ]]; then
    "$__fabrik_bin" "$@"
  else
    command fabrik "$@"
  fi
}

# The same with what only this shell knows. For command substitutions.
function __fabrik_ask {
  local name
  if [[ -n "@any@" ]]; then
    for name in @names@; do
      if [[ -n ${!name+set} ]]; then
        export "__FABRIK_V_$name=${!name}"
      fi
    done
  fi
  export "__FABRIK_TOLD=$__fabrik_told"
  if [[ -n $__fabrik_fresh ]]; then
    export __FABRIK_FRESH=1
  fi
  # The substitution's own process becomes the program: another fork would cost more
  # than all that the program does.
  if [[ -x $__fabrik_bin ]]; then
    builtin exec "$__fabrik_bin" "$@" --shell bash --from-hook
  elif type -P fabrik >/dev/null; then
    builtin exec fabrik "$@" --shell bash --from-hook
  fi
}

function __fabrik_remember {
  __fabrik_near=$__fabrik_found
  __fabrik_settings="${FABRIK_CONFIG-}|${FABRIK_CONFIG_PATH-}|${FABRIK_CEILING-}|${FABRIK_DISABLE-}"
  __fabrik_at=${SECONDS:-0}
  __fabrik_fresh=
}

function __fabrik_apply {
  local out
  out=$(__fabrik_ask activate --status) || out=
  __fabrik_wait=30
  __fabrik_remember
  eval "$out"
  __fabrik_doubt
}

function __fabrik_update {
  # A completion that looks into other directories does not enter them.
  if [[ -n ${COMP_LINE+set} ]]; then
    return 0
  fi
  __fabrik_walk
  if [[ $__fabrik_near != "$__fabrik_found" ]] || ! __fabrik_same; then
    __fabrik_apply
  fi
}

function __fabrik_prompt {
  local status=$?
  __fabrik_same || __fabrik_update || :
  # The shell itself restores the status for the next command line. Under set -e
  # a status that is not 0 would end the shell here; otherwise the commands that
  # follow in PROMPT_COMMAND want to see it.
  case $- in
    *e*) return 0 ;;
  esac
  return "$status"
}

# `cd project && build` and `(cd project; build)` need the variables before the
# next prompt.
function __fabrik_moved {
  if [[ $1 == 0 ]]; then
    __fabrik_update || :
  fi
  return "$1"
}

# Code that brings a function back with its attributes.
function __fabrik_function {
  local IFS=' ' flags name
  declare -f "$1"
  declare -F | while read -r _ flags name; do
    if [[ $name == "$1" && $flags != -f ]]; then
      printf 'declare %s %s\n' "$flags" "$name"
    fi
  done
}

# A function of that name is called in place of the builtin, and comes back on
# deactivation.
function __fabrik_wrap {
  local name=$1 body call="builtin $1"
  body=$(declare -f "$name") || body=
  case $body in
    *__fabrik_moved*) return 0 ;;
    ?*)
      eval "__fabrik_old_$name=\$(__fabrik_function $name)"
      eval "function __fabrik_user_$body"
      unset -f "$name"
      call=__fabrik_user_$name
      ;;
  esac
  eval "function $name { $call \"\$@\"; __fabrik_moved \"\$?\"; }"
}

function __fabrik_unwrap {
  local name=$1 old=__fabrik_old_$1
  case $(declare -f "$name") in
    *__fabrik_moved*)
      unset -f "$name"
      eval "${!old-}"
      ;;
  esac
  unset -f "__fabrik_user_$name"
  unset -v "$old"
}

function __fabrik_add_prompt {
  local declared
  declared=$(declare -p PROMPT_COMMAND 2>/dev/null) || declared=
  case $declared in
    *__fabrik_prompt*) return 0 ;;
  esac
  __fabrik_had=${declared%%PROMPT_COMMAND*}
  case $__fabrik_had in
    'declare -'*r*)
      printf 'fabrik: PROMPT_COMMAND is read-only, so changes are only noticed on cd\n' >&2
      return 0
      ;;
    'declare -'*x*)
      # A child shell would look for our function in vain.
      export -n PROMPT_COMMAND
      ;;
  esac
  case $__fabrik_had in
    'declare -'*a*)
      if (( BASH_VERSINFO[0] > 5 || BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] > 0 )); then
        PROMPT_COMMAND=(__fabrik_prompt ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"})
        return 0
      fi
      ;;
  esac
  PROMPT_COMMAND="__fabrik_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
}

function __fabrik_remove_prompt {
  local declared value
  local -a rest
  declared=$(declare -p PROMPT_COMMAND 2>/dev/null) || declared=
  case $declared in
    *__fabrik_prompt*) ;;
    *) return 0 ;;
  esac
  rest=()
  for value in "${PROMPT_COMMAND[@]}"; do
    value=${value//__fabrik_prompt;/}
    value=${value//;__fabrik_prompt/}
    if [[ $value != __fabrik_prompt ]]; then
      rest[${#rest[@]}]=$value
    fi
  done
  case ${declared%%PROMPT_COMMAND*} in
    'declare -'*a*) PROMPT_COMMAND=(${rest[@]+"${rest[@]}"}) ;;
    *) PROMPT_COMMAND=${rest[0]-} ;;
  esac
  case $__fabrik_had in
    '') [[ -n ${PROMPT_COMMAND-} ]] || unset -v PROMPT_COMMAND ;;
    'declare -'*x*) export PROMPT_COMMAND ;;
  esac
}

function __fabrik_forget {
  unset -v __fabrik_bin __fabrik_shell __fabrik_had __fabrik_pwd __fabrik_watched __fabrik_near \
    __fabrik_settings __fabrik_found __fabrik_at __fabrik_fresh __fabrik_config __fabrik_stamp \
    __fabrik_pid __fabrik_polled __fabrik_doubts __fabrik_wait __fabrik_told
  unset -f __fabrik_walk __fabrik_alive __fabrik_same __fabrik_doubt __fabrik_program __fabrik_ask \
    __fabrik_remember __fabrik_apply __fabrik_update __fabrik_prompt __fabrik_moved \
    __fabrik_function __fabrik_wrap __fabrik_unwrap __fabrik_add_prompt __fabrik_remove_prompt \
    __fabrik_uninstall __fabrik_deactivate __fabrik_stopped __fabrik_forget
}

function __fabrik_uninstall {
  __fabrik_unwrap cd
  __fabrik_unwrap pushd
  __fabrik_unwrap popd
  __fabrik_remove_prompt
  unset -f fabrik
  __fabrik_forget
}

function __fabrik_deactivate {
  local out
  out=$(__fabrik_ask "$@") || return $?
  eval "$out"
  __fabrik_uninstall
}

# Whoever stops the daemon does not want the next prompt to start it again. Until
# this shell goes elsewhere and comes back it is as if there were no project.
function __fabrik_stopped {
  if [[ -n $__fabrik_pid ]] && ! __fabrik_alive; then
    local out
    __fabrik_walk
    out=$(export FABRIK_DISABLE=1; __fabrik_ask activate --status) || return 0
    __fabrik_remember
    eval "$out"
    __fabrik_doubt
  fi
}

# What needs this very shell: the rest goes to the program as it is.
function fabrik {
  local word status=0
  for word in "$@"; do
    case $word in
      -h | --help | --)
        __fabrik_program "$@"
        return $?
        ;;
    esac
  done
  case ${1-} in
    deactivate)
      __fabrik_deactivate "$@"
      ;;
    stop)
      __fabrik_program "$@" || return $?
      __fabrik_stopped
      ;;
    trust | untrust | restart | init)
      __fabrik_program "$@" || status=$?
      __fabrik_settings=again
      __fabrik_update
      return "$status"
      ;;
    *)
      __fabrik_program "$@"
      ;;
  esac
}

__fabrik_bin=@fabrik@
if [[ ${__fabrik_shell-} != "$$" ]]; then
  __fabrik_shell=$$
  __fabrik_had=
  __fabrik_pwd=
  __fabrik_watched=(x)
  __fabrik_doubts=(-o -z never)
  __fabrik_near=
  __fabrik_settings=none
  __fabrik_found=
  __fabrik_at=0
  __fabrik_fresh=1
  __fabrik_config=
  __fabrik_stamp=
  __fabrik_pid=
  __fabrik_polled=
  __fabrik_wait=-1
  __fabrik_told=
fi
case $- in
  *i*)
    __fabrik_wrap cd
    __fabrik_wrap pushd
    __fabrik_wrap popd
    __fabrik_add_prompt
    ;;
  *)
    # A script gets the variables of the directory it starts in, and no hook.
    unset -f fabrik
    __fabrik_update || :
    __fabrik_forget
    ;;
esac
shopt "$__fabrik_aliases" expand_aliases
unset -v __fabrik_aliases

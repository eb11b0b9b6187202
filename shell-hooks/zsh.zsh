# What `eval "$(fabrik activate zsh)"` runs. zsh 5.0 and later.
#
# Every name starts with __fabrik_ but for the function fabrik; all are gone after
# `fabrik deactivate`. Nothing forks unless something changed. Works under
# errexit, nounset, ksharrays, noclobber, warncreateglobal and the like: each
# function sets its own options. The program replaces the words between at signs.

# Sets __fabrik_found to the configuration that rules here, going by names alone,
# and __fabrik_watched to what `[` must say when that has changed: going up is too
# slow for every prompt. Where a directory is a symlink the answer is different for
# each directory: only the program knows what lies above the real one.
function __fabrik_walk() {
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
function __fabrik_alive() {
  if [[ -d /proc/$$ ]]; then
    [[ -e /proc/$__fabrik_pid/exe ]]
  else
    builtin kill -0 "$__fabrik_pid" 2>/dev/null
  fi
}

# Does what the program said last still hold, here? Forks nothing and sets nothing:
# this runs at every prompt, under whatever options the user has chosen.
function __fabrik_same() {
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
function __fabrik_doubt() {
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

function __fabrik_program() {
  if [[ -x $__fabrik_bin ]]; then
    "$__fabrik_bin" "$@"
  else
    command fabrik "$@"
  fi
}

# The same with what only this shell knows. For command substitutions.
function __fabrik_ask() {
  local name
  if [[ -n "@any@" ]]; then
    for name in @names@; do
      if (( ${(P)+name} )); then
        export "__FABRIK_V_$name=${(P)name}"
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
    builtin exec "$__fabrik_bin" "$@" --shell zsh --from-hook
  elif whence -p fabrik >/dev/null; then
    builtin exec fabrik "$@" --shell zsh --from-hook
  fi
}

function __fabrik_remember() {
  __fabrik_near=$__fabrik_found
  __fabrik_settings="${FABRIK_CONFIG-}|${FABRIK_CONFIG_PATH-}|${FABRIK_CEILING-}|${FABRIK_DISABLE-}"
  __fabrik_at=${SECONDS:-0}
  __fabrik_fresh=
}

function __fabrik_apply() {
  local out
  out=$(__fabrik_ask activate --status) || out=
  __fabrik_wait=30
  __fabrik_remember
  eval "$out"
  __fabrik_doubt
}

function __fabrik_update() {
  if __fabrik_same; then
    return 0
  fi
  emulate -L zsh
  setopt local_options no_err_exit no_err_return no_warn_create_global
  # A completion that looks into other directories does not enter them.
  if (( ${+compstate} )); then
    return 0
  fi
  __fabrik_walk
  if [[ $__fabrik_near != "$__fabrik_found" ]] || ! __fabrik_same; then
    __fabrik_apply
  fi
  return 0
}

function __fabrik_forget() {
  unset __fabrik_bin __fabrik_shell __fabrik_had_precmd __fabrik_had_chpwd __fabrik_pwd \
    __fabrik_watched __fabrik_near __fabrik_settings __fabrik_found __fabrik_at __fabrik_fresh \
    __fabrik_config __fabrik_stamp __fabrik_pid __fabrik_polled __fabrik_doubts __fabrik_wait \
    __fabrik_told
  unfunction __fabrik_walk __fabrik_alive __fabrik_same __fabrik_doubt __fabrik_program __fabrik_ask \
    __fabrik_remember __fabrik_apply __fabrik_update __fabrik_install __fabrik_uninstall \
    __fabrik_deactivate __fabrik_stopped __fabrik_forget
}

function __fabrik_install() {
  emulate -L zsh
  if [[ ${precmd_functions[(I)__fabrik_update]:-0} == 0 ]]; then
    __fabrik_had_precmd=${+precmd_functions}
    typeset -ga precmd_functions
    precmd_functions=(__fabrik_update $precmd_functions)
  fi
  if [[ ${chpwd_functions[(I)__fabrik_update]:-0} == 0 ]]; then
    __fabrik_had_chpwd=${+chpwd_functions}
    typeset -ga chpwd_functions
    chpwd_functions=(__fabrik_update $chpwd_functions)
  fi
}

function __fabrik_uninstall() {
  emulate -L zsh
  setopt local_options no_err_exit no_err_return
  precmd_functions=(${precmd_functions:#__fabrik_update})
  chpwd_functions=(${chpwd_functions:#__fabrik_update})
  (( $#precmd_functions || __fabrik_had_precmd )) || unset precmd_functions
  (( $#chpwd_functions || __fabrik_had_chpwd )) || unset chpwd_functions
  unfunction fabrik
  __fabrik_forget
}

function __fabrik_deactivate() {
  emulate -L zsh
  setopt local_options no_err_exit no_err_return no_warn_create_global
  local out
  out=$(__fabrik_ask "$@") || return $?
  eval "$out"
  __fabrik_uninstall
}

# Whoever stops the daemon does not want the next prompt to start it again. Until
# this shell goes elsewhere and comes back it is as if there were no project.
function __fabrik_stopped() {
  emulate -L zsh
  setopt local_options no_err_exit no_err_return no_warn_create_global
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
function fabrik() {
  local word result=0
  for word in "$@"; do
    case $word in
      (-h | --help | --)
        __fabrik_program "$@"
        return $?
        ;;
    esac
  done
  case ${1-} in
    (deactivate)
      __fabrik_deactivate "$@"
      ;;
    (stop)
      __fabrik_program "$@" || return $?
      __fabrik_stopped
      ;;
    (trust | untrust | restart | init)
      __fabrik_program "$@" || result=$?
      __fabrik_settings=again
      __fabrik_update
      return "$result"
      ;;
    (*)
      __fabrik_program "$@"
      ;;
  esac
}

typeset -g __fabrik_bin=@fabrik@
if [[ ${__fabrik_shell-} != "$$" ]]; then
  typeset -g __fabrik_shell=$$
  typeset -g __fabrik_had_precmd=0
  typeset -g __fabrik_had_chpwd=0
  typeset -g __fabrik_pwd=
  typeset -ga __fabrik_watched
  __fabrik_watched=(x)
  typeset -ga __fabrik_doubts
  __fabrik_doubts=(-o -z never)
  typeset -g __fabrik_near=
  typeset -g __fabrik_settings=none
  typeset -g __fabrik_found=
  typeset -g __fabrik_at=0
  typeset -g __fabrik_fresh=1
  typeset -g __fabrik_config=
  typeset -g __fabrik_stamp=
  typeset -g __fabrik_pid=
  typeset -g __fabrik_polled=
  typeset -g __fabrik_wait=-1
  typeset -g __fabrik_told=
fi
if [[ -o interactive ]]; then
  __fabrik_install
else
  # A script gets the variables of the directory it starts in, and no hook.
  unfunction fabrik
  __fabrik_update
  __fabrik_forget
fi

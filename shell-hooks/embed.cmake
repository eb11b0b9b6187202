# cmake -DSOURCE_DIR=... -DOUTPUT=... -P embed.cmake
# Turns the hook files into one .cpp. Lines that are only a comment stay behind:
# fish would read a comment to the end of a text whose lines are joined.
string(CONCAT body "// Made from shell-hooks/ by embed.cmake.\n#include \"shell-hooks/hooks.hpp\"\n\n"
         "namespace fabrik::shell_hooks {\n")
foreach(hook bash.sh zsh.zsh fish.fish)
  get_filename_component(shell ${hook} NAME_WE)
  file(READ ${SOURCE_DIR}/${hook} text)
  string(REGEX REPLACE "\n([ \t]*#[^\n]*\n)+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n[ \t]*\n+" "\n" text "${text}")
  string(REGEX REPLACE "^\n+" "" text "${text}")
  if(text MATCHES "\\)HOOK\"")
    message(FATAL_ERROR "${hook} holds the end mark of the raw string it becomes")
  endif()
  string(APPEND body "\nstd::string_view ${shell}_hook() {\n  return R\"HOOK(${text})HOOK\";\n}\n")
endforeach()
string(APPEND body "\n}  // namespace fabrik::shell_hooks\n")
file(WRITE ${OUTPUT} "${body}")

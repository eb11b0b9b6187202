# C++23 with a compiler that gets coroutines right. GCC 12 and 13 destroy
# temporaries inside co_await expressions twice, and clang before 17 cannot
# use std::expected with libstdc++.
set(_install_hint
    "Install clang-19 (Debian 12 and 13: apt-get install clang-19) and configure "
    "with a preset (cmake --preset release), or pass -DCMAKE_CXX_COMPILER=clang++-19.")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} is too old: fabrik needs GCC >= 14 or "
                      "clang >= 17. " ${_install_hint})
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is too old: fabrik needs clang >= 17 or "
                      "GCC >= 14. " ${_install_hint})
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(FABRIK_TESTS "Build the tests" ON)
option(FABRIK_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(FABRIK_BENCH "Build the benchmarks" OFF)
option(FABRIK_WERROR "Treat warnings as errors" ON)
set(FABRIK_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address or undefined")

find_program(CCACHE ccache)
if(CCACHE)
  # Paths are relative to the checkout, so all checkouts and build directories
  # share results.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE})
endif()

add_library(fabrik_options INTERFACE)
target_include_directories(fabrik_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(fabrik_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi -Wunused-result)
if(FABRIK_WERROR)
  target_compile_options(fabrik_options INTERFACE -Werror)
endif()

# ccache hits and reproducible binaries in any checkout directory.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

if(FABRIK_SANITIZE)
  add_compile_options(-fsanitize=${FABRIK_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FABRIK_SANITIZE})
  if(FABRIK_SANITIZE MATCHES "undefined")
    # -fsanitize=function cannot be assembled in coroutine code, and vptr needs
    # RTTI of prebuilt libraries that were made without it.
    add_compile_options(-fno-sanitize=function,vptr)
  endif()
endif()

if(FABRIK_FUZZ)
  # Coverage feedback from all our code; only the fuzz targets link the driver.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

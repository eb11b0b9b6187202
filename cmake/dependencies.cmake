# One dep_* target per third-party library: the only place that knows how each
# is found and linked. Everything but libc is linked statically, because a
# shared RocksDB alone costs more start-up time than our whole budget.
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(cxxopts REQUIRED)
find_package(toml11 REQUIRED)

function(dep_static name)
  add_library(dep_${name} INTERFACE)
  set(libs "")
  foreach(lib IN LISTS ARGN)
    find_library(FABRIK_LIB_${lib} NAMES lib${lib}.a REQUIRED)
    list(APPEND libs ${FABRIK_LIB_${lib}})
  endforeach()
  target_link_libraries(dep_${name} INTERFACE ${libs})
endfunction()

add_library(dep_json INTERFACE)
target_link_libraries(dep_json INTERFACE nlohmann_json::nlohmann_json)

add_library(dep_cxxopts INTERFACE)
target_link_libraries(dep_cxxopts INTERFACE cxxopts::cxxopts)

add_library(dep_toml INTERFACE)
target_link_libraries(dep_toml INTERFACE toml11::toml11)

dep_static(crypto crypto)
target_link_libraries(dep_crypto INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

# Debian ships spdlog and fmt without static libraries: header-only, seen by
# base/log.cpp alone.
add_library(dep_spdlog INTERFACE)
target_compile_definitions(dep_spdlog INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)

if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # Boost's own package files, where CMake lost its module
endif()
find_package(Boost 1.81 REQUIRED)
add_library(dep_boost INTERFACE)
target_link_libraries(dep_boost INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(dep_boost INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)

# RocksDB's own CMake package names shared libraries; these are the static ones
# it is built with. liburing and gflags are used by some builds only.
dep_static(rocksdb rocksdb bz2 z lz4 zstd snappy)
foreach(lib uring gflags)
  find_library(FABRIK_LIB_${lib} NAMES lib${lib}.a)
  if(FABRIK_LIB_${lib})
    target_link_libraries(dep_rocksdb INTERFACE ${FABRIK_LIB_${lib}})
  endif()
endforeach()
target_link_libraries(dep_rocksdb INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

dep_static(zstd zstd)

# Header-only: seen by cache/checksum.cpp alone.
find_path(FABRIK_XXHASH_INCLUDE xxhash.h REQUIRED)
add_library(dep_xxhash INTERFACE)
target_include_directories(dep_xxhash SYSTEM INTERFACE ${FABRIK_XXHASH_INCLUDE})

# Protobuf and gRPC: their own package files name shared libraries, or miss parts of
# the static set. pkg-config knows the whole list; what has no static library is
# the C library's.
find_package(PkgConfig REQUIRED)
find_program(FABRIK_PROTOC protoc REQUIRED)
find_program(FABRIK_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
function(dep_static_pkg name module)
  pkg_check_modules(FABRIK_PKG_${name} REQUIRED ${module})
  set(libs "")
  set(known ${FABRIK_PKG_${name}_STATIC_LIBRARIES})
  list(REVERSE known)  # of a library named twice the last one counts
  list(REMOVE_DUPLICATES known)
  list(REVERSE known)
  foreach(lib IN LISTS known)
    find_library(FABRIK_LIB_${lib} NAMES lib${lib}.a)
    if(lib STREQUAL "atomic")
      list(APPEND libs -l:libatomic.a)  # the compiler's own, which only the linker finds
    elseif(FABRIK_LIB_${lib} AND NOT lib MATCHES "^(dl|rt|pthread|m)$")
      list(APPEND libs ${FABRIK_LIB_${lib}})
    elseif(NOT lib STREQUAL "pthread")
      list(APPEND libs ${lib})
    endif()
  endforeach()
  add_library(dep_${name} INTERFACE)
  target_link_libraries(dep_${name} INTERFACE ${libs}
                        Threads::Threads)
endfunction()
dep_static_pkg(protobuf protobuf)
dep_static_pkg(grpc grpc++)
target_link_libraries(dep_grpc INTERFACE dep_protobuf)

if(FABRIK_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_library(dep_gtest INTERFACE)
  target_link_libraries(dep_gtest INTERFACE GTest::gtest GTest::gmock GTest::gtest_main)
endif()
if(FABRIK_BENCH)
  find_package(benchmark REQUIRED)
endif()

# fabrik_library(NAME [SOURCES ...] [PUBLIC ...] [PRIVATE ...])
# One static library per room, called fabrik_<room>; links the rooms and dep_*
# targets it names and nothing else.
function(fabrik_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(fabrik_${name} STATIC ${arg_SOURCES})
  target_link_libraries(fabrik_${name} PUBLIC fabrik_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# fabrik_test(NAME [SOURCES ...] [LIBS ...] [LABEL unit|integration] [TIMEOUT s])
# One GoogleTest binary per room; each TEST becomes its own ctest entry.
function(fabrik_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE fabrik_options ${arg_LIBS} dep_gtest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()

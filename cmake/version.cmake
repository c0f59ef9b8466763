# Writes version.hpp at build time, touching it only when the commit changes.
set(commit "unknown")
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12 --match=NONE
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit "${described}")
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#pragma once
/// Version of the library and the git commit it was built from.
#define MUONPHASE_VERSION "@VERSION@"
#define MUONPHASE_GIT_COMMIT "@commit@"
]])

# What every target of this project is built with; `brood_flags` is linked by all of them.
add_library(brood_flags INTERFACE)
target_compile_options(brood_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                                             -Wnon-virtual-dtor -Werror=return-type)
if(BROOD_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # What a file declares for itself is neither hidden by local names of the next one nor in a header.
  # `dev` compiles each file by itself, with these warnings.
  target_compile_options(brood_flags INTERFACE -Wno-shadow -Wshadow=local -Wno-subobject-linkage)
  # What g++ 12 sees at -O2 in joins of std::string, where there is nothing (gcc bugs 105329, 105651).
  target_compile_options(brood_flags INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
                                               -Wno-stringop-overread)
endif()
target_include_directories(brood_flags INTERFACE ${PROJECT_SOURCE_DIR}/include
                                                 ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(brood_flags INTERFACE BROOD_VERSION="${PROJECT_VERSION}")
target_link_libraries(brood_flags INTERFACE Boost::headers)

if(BROOD_WERROR)
  target_compile_options(brood_flags INTERFACE -Werror)
endif()
if(BROOD_SANITIZE)
  # vptr: its runtime asks a pipe whether memory can be read, and reports an error when there is no
  # descriptor left to make one: that is just what some tests arrange.
  set(instrument -fsanitize=${BROOD_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all
                 -fno-omit-frame-pointer)
  target_compile_options(brood_flags INTERFACE ${instrument})
  target_link_options(brood_flags INTERFACE -fsanitize=${BROOD_SANITIZE})
endif()
if(BROOD_HARDEN)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(brood_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
                                               -fstack-protector-strong -fstack-clash-protection
                                               -fcf-protection)
  # Every symbol is bound at the start anyway: without stubs a new worker touches fewer pages.
  target_compile_options(brood_flags INTERFACE -fno-plt)
  target_link_options(brood_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(BROOD_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  # Machine code too, for the library: who links that may have another compiler.
  target_compile_options(brood_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-ffat-lto-objects>)
  # Two types of one name in two folders: nobody else sees both.
  if(BROOD_WERROR AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_link_options(brood_flags INTERFACE -Werror=odr)
  endif()
endif()

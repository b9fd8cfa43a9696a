# What `cmake --install` puts under its prefix: bin/brood, bin/brood-lab if it was built, the public
# headers, and one library with all of the server in it, `brood::brood` for find_package(brood).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(folders GLOBAL PROPERTY BROOD_FOLDERS)
list(FILTER folders EXCLUDE REGEX "^lab_")
list(TRANSFORM folders REPLACE "(.+)" "$<TARGET_OBJECTS:brood_\\1>" OUTPUT_VARIABLE objects)
add_library(libbrood STATIC ${objects})  # `brood` is the program's file.
set_target_properties(libbrood PROPERTIES OUTPUT_NAME brood EXPORT_NAME brood LINKER_LANGUAGE CXX)
target_compile_features(libbrood INTERFACE cxx_std_20)
target_include_directories(libbrood INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(libbrood PRIVATE Boost::log Boost::program_options Boost::json Threads::Threads
                                       ${CMAKE_DL_LIBS})
if(BROOD_LTO)  # Bytecode is for this very compiler, even where there is machine code beside it.
  add_custom_command(TARGET libbrood POST_BUILD VERBATIM
    COMMAND ${CMAKE_OBJCOPY} -R .gnu.lto_* -R .gnu.debuglto_* $<TARGET_FILE:libbrood>)
endif()
if(BROOD_SANITIZE)
  target_link_options(libbrood INTERFACE -fsanitize=${BROOD_SANITIZE})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/brood)
install(TARGETS brood-bin RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS brood-lab RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} OPTIONAL)
install(TARGETS libbrood EXPORT brood-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT brood-targets NAMESPACE brood:: DESTINATION ${package_dir})
install(DIRECTORY include/brood DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/brood-config.cmake.in brood-config.cmake
                              INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break what was there.
write_basic_package_version_file(brood-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/brood-config.cmake
              ${PROJECT_BINARY_DIR}/brood-config-version.cmake
        DESTINATION ${package_dir})

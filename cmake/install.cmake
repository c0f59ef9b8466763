include(CMakePackageConfigHelpers)
install(TARGETS muonphase EXPORT muonphaseTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET muonphase_report)
  install(TARGETS muonphase_report EXPORT muonphaseTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
else()
  set(without_report PATTERN report EXCLUDE)
endif()
if(TARGET muonphase_cli)
  install(TARGETS muonphase_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The command writes its own manual page and completions, so that they say what it takes.
  set(shell_dir ${CMAKE_CURRENT_BINARY_DIR}/share)
  set(shell_files ${shell_dir}/muonphase.1 ${shell_dir}/muonphase ${shell_dir}/_muonphase ${shell_dir}/muonphase.fish)
  add_custom_command(OUTPUT ${shell_files}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${shell_dir}
    COMMAND muonphase_cli generate man > ${shell_dir}/muonphase.1
    COMMAND muonphase_cli generate bash > ${shell_dir}/muonphase
    COMMAND muonphase_cli generate zsh > ${shell_dir}/_muonphase
    COMMAND muonphase_cli generate fish > ${shell_dir}/muonphase.fish
    DEPENDS muonphase_cli VERBATIM)
  add_custom_target(muonphase_shell ALL DEPENDS ${shell_files})
  install(FILES ${shell_dir}/muonphase.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${shell_dir}/muonphase DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${shell_dir}/_muonphase DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${shell_dir}/muonphase.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
install(DIRECTORY include/muonphase DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${without_report})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/generated/muonphase/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/muonphase)
install(EXPORT muonphaseTargets NAMESPACE muonphase:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/muonphase)
configure_package_config_file(cmake/muonphaseConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/muonphase)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/muonphase)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME muonphase)
set(CPACK_PACKAGE_CONTACT "The muonphase authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox, python3-numpy")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libeigen3-dev, libboost-dev, libspdlog-dev, libfmt-dev, libhdf5-dev, zlib1g-dev")
include(CPack)

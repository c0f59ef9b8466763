include(CMakePackageConfigHelpers)
install(TARGETS muonphase EXPORT muonphaseTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET muonphase_cli)
  install(TARGETS muonphase_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY include/muonphase DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/generated/muonphase/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/muonphase)
install(EXPORT muonphaseTargets NAMESPACE muonphase:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/muonphase)
configure_package_config_file(cmake/muonphaseConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/muonphase)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/muonphaseConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/muonphase)

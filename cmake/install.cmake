include(GNUInstallDirs)
install(TARGETS fabrik RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES $<TARGET_FILE_DIR:fabrik>/ccache-storage-fabrik
        DESTINATION ${CMAKE_INSTALL_BINDIR})  # a symbolic link to fabrik
install(TARGETS fabrikd RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/fabrik)

if(NOT FABRIK_SANITIZE)
  set(documents ${CMAKE_BINARY_DIR}/cli)
  install(FILES ${documents}/fabrik.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${documents}/fabrik.bash RENAME fabrik
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${documents}/_fabrik DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${documents}/fabrik.fish
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

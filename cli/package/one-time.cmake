# Run by CPack before it packs: every file gets one time, that of SOURCE_DATE_EPOCH or of the newest commit, and
# the same modes everywhere.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND git -C ${CPACK_KITH_SOURCE_DIR} log -1 --format=%ct
    OUTPUT_VARIABLE time OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT time MATCHES "^[0-9]+$")
    set(time 1767225600)  # 2026-01-01: a copy of the sources without their history
  endif()
  set(ENV{SOURCE_DATE_EPOCH} ${time})
endif()
execute_process(COMMAND find ${CPACK_TEMPORARY_INSTALL_DIRECTORY} -exec touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} +
  COMMAND_ERROR_IS_FATAL ANY)

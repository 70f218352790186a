# cmake -DASSETS=... -DOUTPUT=... -P embed.cmake: writes what the browser gets into one C++ file. Text only.
file(GLOB names RELATIVE ${ASSETS} ${ASSETS}/*)
list(SORT names)

set(rows "")
foreach(name IN LISTS names)
  if(NOT name MATCHES "^[a-z0-9-]+\\.(html|js|css|svg|json)$")
    message(FATAL_ERROR "cli/page/assets/${name}: small letters, digits and -, and .html .js .css .svg or .json")
  endif()
  file(READ ${ASSETS}/${name} text)
  if(name MATCHES "\\.(js|css)$")  # comments and indentation are for readers of the source
    string(REGEX REPLACE "(^|\n) *(//|/\\*)[^\n]*" "\\1" text "${text}")
    string(REGEX REPLACE "  +//[^\n]*" "" text "${text}")
    string(REGEX REPLACE "\n[ \n]+" "\n" text "${text}")
    string(REGEX REPLACE "([{(,;])\n" "\\1" text "${text}")
    if(name MATCHES "css$")
      string(REGEX REPLACE "[ \n]*([{};,>])[ \n]*" "\\1" text "${text}")
      string(REGEX REPLACE ": +" ":" text "${text}")
    endif()
  endif()
  string(APPEND rows "    {\"${name}\", R\"kith-asset(${text})kith-asset\"},\n")
endforeach()

file(WRITE ${OUTPUT}.new "#include \"cli/page/assets.h\"

namespace kith::cli {
namespace {

constexpr Asset kAssets[] = {
${rows}};

}  // namespace

std::span<const Asset> page_assets() { return kAssets; }

}  // namespace kith::cli
")
file(RENAME ${OUTPUT}.new ${OUTPUT})

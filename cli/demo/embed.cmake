# cmake -DDATA=... -DOUTPUT=... -P embed.cmake: writes the texts under DATA into one C++ file. Files of
# one folder lie together: a folder's own files come before its subfolders.
file(GLOB_RECURSE paths RELATIVE ${DATA} ${DATA}/*/*.md ${DATA}/*/*.txt)
set(folders "")
foreach(path IN LISTS paths)
  get_filename_component(folder ${path} DIRECTORY)
  list(APPEND folders ${folder})
endforeach()
list(REMOVE_DUPLICATES folders)
list(SORT folders)

set(rows "")
foreach(folder IN LISTS folders)
  file(GLOB names RELATIVE ${DATA} ${DATA}/${folder}/*.md ${DATA}/${folder}/*.txt)
  list(SORT names)
  foreach(name IN LISTS names)
    file(READ ${DATA}/${name} text)
    string(APPEND rows "    {\"${name}\", R\"kith(${text})kith\"},\n")
  endforeach()
endforeach()

file(WRITE ${OUTPUT}.new "#include \"cli/demo/texts.h\"

namespace kith::cli {
namespace {

constexpr DemoText kTexts[] = {
${rows}};

}  // namespace

std::span<const DemoText> demo_texts() { return kTexts; }

}  // namespace kith::cli
")
file(RENAME ${OUTPUT}.new ${OUTPUT})

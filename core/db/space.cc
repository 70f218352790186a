#include "core/db/space.h"

#include <sqlite3.h>
#include <sys/statvfs.h>

#include "core/db/state.h"

namespace kith::db {

Space space_at(const std::string& path) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) return {};
  const std::uint64_t block = disk.f_frsize;
  return {.free = disk.f_bavail * block, .total = disk.f_blocks * block};
}

Room Database::room_for_others() const {
  const char* path = sqlite3_db_filename(state_->db, "main");
  return db::room_for_others(path != nullptr ? space_at(path) : Space{});
}

}  // namespace kith::db

#include "tests/support/memory_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace kith::test {

struct MemoryDisk::File {
  explicit File(Bytes bytes = {}) : now(bytes), synced(std::move(bytes)) {}
  struct Write {  // not synced
    std::uint64_t at;
    Bytes bytes;
  };
  Bytes now;                                    // as a reader sees it
  Bytes synced;                                 // as it is after a loss of power, but for `writes`
  std::vector<Write> writes;                    // in order
  std::optional<std::uint64_t> shortest_since;  // cut to this size since it was synced
  bool created = false;                         // since the folder was synced
};

namespace {

constexpr std::uint64_t kSector = 512;

std::map<std::string, MemoryDisk*>& disks() {
  static std::map<std::string, MemoryDisk*> all;
  return all;
}

struct OpenFile {
  sqlite3_file base;
  MemoryDisk* disk;
  std::shared_ptr<MemoryDisk::File>* file;
};

sqlite3_vfs* system_vfs = nullptr;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

MemoryDisk* disk_of(const char* path) {
  if (path == nullptr) return nullptr;
  const auto found = disks().find(folder_of(path));
  return found == disks().end() ? nullptr : found->second;
}

void put(Bytes& into, std::uint64_t at, ByteView bytes) {
  if (into.size() < at + bytes.size()) into.resize(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), into.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

// What SQLite calls; each is as <sqlite3.h> describes it.
struct MemoryDisk::Methods {
  static OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
  static File& contents(sqlite3_file* file) { return **of(file).file; }

  static int close(sqlite3_file* file) {
    delete of(file).file;
    return SQLITE_OK;
  }
  static int read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
    if (of(file).disk->dead_) return SQLITE_IOERR_READ;
    const Bytes& bytes = contents(file).now;
    const auto wanted = static_cast<std::size_t>(amount);
    const auto at = std::min(static_cast<std::size_t>(offset), bytes.size());
    const std::size_t there = std::min(wanted, bytes.size() - at);
    if (there > 0) std::memcpy(out, bytes.data() + at, there);
    if (there == wanted) return SQLITE_OK;
    std::memset(static_cast<std::uint8_t*>(out) + there, 0, wanted - there);
    return SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* file, const void* in, int amount, sqlite3_int64 offset) {
    auto& [base, disk, held] = of(file);
    File& to = contents(file);
    const ByteView bytes(static_cast<const std::uint8_t*>(in), static_cast<std::size_t>(amount));
    const auto at = static_cast<std::uint64_t>(offset);
    const std::uint64_t end = at + bytes.size();
    const std::uint64_t more = end > to.now.size() ? end - to.now.size() : 0;
    if (more > 0 && disk->limit_ && disk->size() + more > *disk->limit_) return SQLITE_FULL;
    to.writes.push_back({at, to_bytes(bytes)});  // even the one that the power fails in may be half there
    if (!disk->change()) return SQLITE_IOERR_WRITE;
    put(to.now, at, bytes);
    return SQLITE_OK;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (!of(file).disk->change()) return SQLITE_IOERR_TRUNCATE;
    File& to = contents(file);
    const auto end = static_cast<std::uint64_t>(size);
    to.now.resize(end);
    to.shortest_since = std::min(to.shortest_since.value_or(end), end);
    for (auto& [at, bytes] : to.writes)
      if (at + bytes.size() > end) bytes.resize(end > at ? end - at : 0);
    return SQLITE_OK;
  }
  static int sync(sqlite3_file* file, int) {
    if (!of(file).disk->change()) return SQLITE_IOERR_FSYNC;
    File& to = contents(file);
    if (to.shortest_since) to.synced.resize(std::min<std::size_t>(to.synced.size(), *to.shortest_since));
    for (const auto& [at, bytes] : to.writes) put(to.synced, at, bytes);
    to.synced.resize(to.now.size());
    to.writes.clear();
    to.shortest_since.reset();
    to.created = false;  // SQLite syncs the folder of a new file with its first sync
    return SQLITE_OK;
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    if (of(file).disk->dead_) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(contents(file).now.size());
    return SQLITE_OK;
  }
  // One connection at a time has a file open here: there is nobody to keep out.
  static int lock(sqlite3_file*, int) { return SQLITE_OK; }
  static int check_lock(sqlite3_file*, int* taken) {
    *taken = 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return static_cast<int>(kSector); }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out) {
    static const sqlite3_io_methods methods{
        1,       close,      read,    write,       truncate,        sync,    file_size, lock,
        lock,    check_lock, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
        nullptr, nullptr,    nullptr};
    MemoryDisk* disk = disk_of(path);
    if (disk == nullptr) return system_vfs->xOpen(system_vfs, path, file, flags, out);
    file->pMethods = nullptr;
    auto found = disk->files_.find(name_of(path));
    if (disk->dead_ || (found == disk->files_.end() && (flags & SQLITE_OPEN_CREATE) == 0))
      return SQLITE_CANTOPEN;
    if (found == disk->files_.end()) {
      if (!disk->change()) return SQLITE_CANTOPEN;
      found = disk->files_.emplace(name_of(path), std::make_shared<File>()).first;
      found->second->created = true;
    }
    auto& opened = of(file);
    opened.disk = disk;
    opened.file = new std::shared_ptr<File>(found->second);
    opened.base.pMethods = &methods;
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs*, const char* path, int sync_folder) {
    MemoryDisk* disk = disk_of(path);
    if (disk == nullptr) return system_vfs->xDelete(system_vfs, path, sync_folder);
    const auto found = disk->files_.find(name_of(path));
    if (found == disk->files_.end()) return SQLITE_IOERR_DELETE_NOENT;
    if (!disk->change()) return SQLITE_IOERR_DELETE;
    if (sync_folder != 0)
      disk->removed_.erase(found->first);
    else
      disk->removed_[found->first] = found->second;
    disk->files_.erase(found);
    return SQLITE_OK;
  }
  static int access(sqlite3_vfs*, const char* path, int flags, int* answer) {
    MemoryDisk* disk = disk_of(path);
    if (disk == nullptr) return system_vfs->xAccess(system_vfs, path, flags, answer);
    if (disk->dead_) return SQLITE_IOERR_ACCESS;
    const auto found = disk->files_.find(name_of(path));
    const bool there = found != disk->files_.end();
    *answer = there && (flags != SQLITE_ACCESS_EXISTS || !found->second->now.empty()) ? 1 : 0;
    return SQLITE_OK;
  }

  // core/db opens through the system's VFS by its name: this one goes under the same name, before it.
  static void install() {
    if (system_vfs != nullptr) return;
    system_vfs = sqlite3_vfs_find("unix");
    KITH_ASSERT(system_vfs != nullptr);
    static sqlite3_vfs ours = *system_vfs;
    ours.szOsFile = std::max(system_vfs->szOsFile, static_cast<int>(sizeof(OpenFile)));
    ours.xOpen = open;
    ours.xDelete = remove;
    ours.xAccess = access;
    KITH_ASSERT(sqlite3_vfs_register(&ours, 1) == SQLITE_OK);
  }
};

MemoryDisk::MemoryDisk(std::string folder) : folder_(std::move(folder)) {
  Methods::install();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    put_back({{entry.path().filename().string(), bytes}});
    std::filesystem::resize_file(entry.path(), 0);
  }
  KITH_ASSERT(disks().emplace(folder_, this).second);
}

MemoryDisk::~MemoryDisk() { disks().erase(folder_); }

bool MemoryDisk::change() {
  ++changes_;
  if (calls_left_ && (*calls_left_)-- == 0) {
    calls_left_.reset();
    dead_ = true;
  }
  return !dead_;
}

std::uint64_t MemoryDisk::size() const {
  std::uint64_t sum = 0;
  for (const auto& [name, file] : files_) sum += file->now.size();
  return sum;
}

void MemoryDisk::restart(Random& random) {
  for (auto& [name, file] : removed_)
    if (random.below(2) == 0) files_.emplace(name, file);
  removed_.clear();
  std::erase_if(files_, [&](const auto& entry) { return entry.second->created && random.below(2) == 0; });
  for (auto& [name, file] : files_) {
    KITH_ASSERT(file.use_count() == 1);
    if (file->shortest_since && random.below(2) == 0)
      file->synced.resize(std::min<std::size_t>(file->synced.size(), *file->shortest_since));
    for (const auto& [at, bytes] : file->writes) {
      for (std::size_t from = 0; from < bytes.size();) {
        const std::size_t end = std::min<std::size_t>(bytes.size(), from + kSector - (at + from) % kSector);
        if (random.below(2) == 0) put(file->synced, at + from, ByteView(bytes).subspan(from, end - from));
        from = end;
      }
    }
    *file = File(std::move(file->synced));
  }
  dead_ = false;
  calls_left_.reset();
}

void MemoryDisk::fill(std::optional<std::uint64_t> room) {
  limit_ = room ? std::optional(size() + *room) : std::nullopt;
}

MemoryDisk::Image MemoryDisk::copy() const {
  Image image;
  for (const auto& [name, file] : files_) image.emplace(name, file->now);
  return image;
}

void MemoryDisk::put_back(const Image& image) {
  for (const auto& [name, bytes] : image) files_[name] = std::make_shared<File>(bytes);
}

Bytes MemoryDisk::read(const std::string& name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? Bytes{} : found->second->now;
}

}  // namespace kith::test

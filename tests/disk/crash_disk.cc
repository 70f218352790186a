#include "tests/disk/crash_disk.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/seeded_random.h"

namespace kith::test {
namespace {

constexpr std::size_t kSector = 512;  // bytes that a disk writes at once

void grow(Bytes& contents, std::size_t size, SeededRandom* spoil) {
  const std::size_t before = contents.size();
  if (size <= before) return;
  contents.resize(size);
  if (spoil != nullptr) spoil->fill(std::span(contents).subspan(before));
}

void put(Bytes& contents, std::size_t at, ByteView bytes, SeededRandom* spoil) {
  grow(contents, at + bytes.size(), spoil);
  std::copy(bytes.begin(), bytes.end(), contents.begin() + static_cast<std::ptrdiff_t>(at));
}

void do_all(Bytes& contents, const Step& step) {
  if (step.call == Call::cut) {
    contents.resize(static_cast<std::size_t>(step.at));
  } else {
    put(contents, static_cast<std::size_t>(step.at), step.bytes, nullptr);
  }
}

// Of each write some sectors arrive, some not, some spoilt. What one crash favours, another does not.
struct Draw {
  explicit Draw(std::uint64_t seed) : random(seed) {
    keep = random.below(101);
    spoil = random.below(4) == 0 ? random.below(40) : 0;
    stale = random.below(2) == 0;
    in_order = random.below(2) == 0;
  }
  bool kept() { return random.below(100) < keep; }

  SeededRandom random;
  std::uint64_t keep, spoil;  // of a hundred
  bool stale;                 // what a file grew by holds old bytes of other files
  bool in_order;              // names reach the disk in their order, as on file systems with a journal
};

void do_some(Bytes& contents, const Step& step, Draw& draw) {
  if (step.call == Call::cut) {
    if (draw.kept()) do_all(contents, step);
    return;
  }
  ByteView rest(step.bytes);
  auto at = static_cast<std::size_t>(step.at);
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.size(), kSector - at % kSector);
    SeededRandom* spoil = draw.stale ? &draw.random : nullptr;
    if (draw.random.below(100) < draw.spoil) {
      Bytes noise(size);
      draw.random.fill(noise);
      put(contents, at, noise, spoil);
    } else if (draw.kept()) {
      put(contents, at, rest.first(size), spoil);
    }
    rest = rest.subspan(size);
    at += size;
  }
}

using Names = std::map<std::string, int, std::less<>>;

void do_name(Names& names, const Step& step) {
  if (step.call == Call::make) names[step.name] = step.file;
  const auto here = names.find(step.name);
  const bool same = here != names.end() && here->second == step.file;
  if (step.call == Call::make) return;
  if (same) names.erase(here);
  if (step.call == Call::rename) names[step.to] = step.file;
}

}  // namespace

Image image_of(const std::string& folder) {
  Image image;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    Bytes& bytes = image[entry.path().filename().string()];
    bytes.resize(entry.file_size());
    std::ifstream in(entry.path(), std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    KITH_ASSERT(in.good() || bytes.empty());
  }
  return image;
}

void put_image(const Image& image, const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    std::filesystem::remove_all(entry.path());
  for (const auto& [name, bytes] : image) {
    const std::string path = folder + "/" + name;
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    KITH_ASSERT(out.good());
    std::filesystem::permissions(path, std::filesystem::perms(0600));
  }
}

CrashDisk::CrashDisk(const std::string& folder) : folder_(folder), start_(image_of(folder)) {
  for (const auto& [name, bytes] : start_) names_[name] = next_file_++;
}

void CrashDisk::fail_sync(int which, bool lost) {
  fail_ = which;
  lost_ = lost;
  syncs_ = 0;
}

int CrashDisk::before(const Seen& seen) {
  if (seen.call != Call::sync && seen.call != Call::sync_folder) return 0;
  ++syncs_;
  if (fail_ <= 0 || --fail_ > 0) return 0;
  const int file = seen.call == Call::sync ? file_named(seen.file) : -1;
  steps_.push_back({.call = seen.call, .file = file, .failed = true, .lost = lost_});
  return EIO;
}

int CrashDisk::file_named(const std::string& name) {
  const auto found = names_.find(name);
  return found == names_.end() ? -1 : found->second;
}

void CrashDisk::after(const Seen& seen, long result) {
  if (result < 0 || seen.call == Call::open || seen.call == Call::read) return;
  if (seen.call == Call::sync_folder) {
    steps_.push_back({.call = seen.call, .file = -1});
    return;
  }
  if (seen.call == Call::make) names_[seen.file] = next_file_++;
  const int file = file_named(seen.file);
  if (file < 0) return;  // removed, and still open
  Step step{.call = seen.call, .file = file, .name = seen.file, .to = seen.to, .at = seen.at};
  if (seen.call == Call::write) step.bytes = to_bytes(seen.bytes.first(static_cast<std::size_t>(result)));
  if (seen.call == Call::remove || seen.call == Call::rename) names_.erase(seen.file);
  if (seen.call == Call::rename) names_[seen.to] = file;
  steps_.push_back(std::move(step));
}

struct Replay::Disk {
  void lose(const Step& sync) {
    if (sync.call == Call::sync) {
      loose.erase(sync.file);
    } else {
      std::ranges::move(loose_names, std::back_inserter(lost_names));
      loose_names.clear();
    }
  }
  std::map<int, Bytes> safe;                      // contents by file
  std::map<int, std::vector<const Step*>> loose;  // writes and cuts since its last sync
  Names names;                                    // safe
  std::vector<const Step*> loose_names;
  std::vector<const Step*> lost_names;  // back with the next change of a name
};

Replay::Replay(const CrashDisk& disk) : steps_(disk.steps()), disk_(std::make_unique<Disk>()) {
  int file = 0;
  for (const auto& [name, bytes] : disk.start()) {
    disk_->safe[file] = bytes;
    disk_->names[name] = file++;
  }
}
Replay::~Replay() = default;

bool Replay::step() {
  if (place_ == steps_.size()) return false;
  const Step& step = steps_[place_++];
  if (step.failed) {
    if (step.lost) disk_->lose(step);
    return true;
  }
  switch (step.call) {
    case Call::write:
    case Call::cut:
      disk_->loose[step.file].push_back(&step);
      break;
    case Call::sync:
      for (const Step* change : disk_->loose[step.file]) do_all(disk_->safe[step.file], *change);
      disk_->loose.erase(step.file);
      break;
    case Call::sync_folder:
      for (const Step* change : disk_->loose_names) do_name(disk_->names, *change);
      disk_->loose_names.clear();
      break;
    default:
      std::ranges::move(disk_->lost_names, std::back_inserter(disk_->loose_names));
      disk_->lost_names.clear();
      disk_->loose_names.push_back(&step);
  }
  return true;
}

Image Replay::left(Fate fate, std::uint64_t seed) const {
  Draw draw(seed);
  Names names = disk_->names;
  for (const Step* change : disk_->loose_names) {
    if (fate == Fate::nothing_kept) break;
    const bool kept = fate == Fate::all_kept || draw.kept();
    if (!kept && draw.in_order) break;
    if (kept) do_name(names, *change);
  }
  Image image;
  for (const auto& [name, file] : names) {
    const auto safe = disk_->safe.find(file);
    Bytes& contents = image[name] = safe == disk_->safe.end() ? Bytes() : safe->second;
    const auto loose = disk_->loose.find(file);
    if (loose == disk_->loose.end() || fate == Fate::nothing_kept) continue;
    for (const Step* change : loose->second) {
      if (fate == Fate::all_kept) {
        do_all(contents, *change);
      } else {
        do_some(contents, *change, draw);
      }
    }
  }
  return image;
}

}  // namespace kith::test

// A disk that loses what nobody synced. It watches a folder while a workload runs, and can then tell what the
// folder might hold if the power had failed at any step.
//
//   Contents of a file are safe after fsync or fdatasync of it; names (made, renamed, removed) after fsync of
//   the folder. Everything else may be lost, kept or spoilt: each 512-byte sector of an unsynced write alone,
//   cuts and names alone too. A sector is spoilt only where it was being written, as SQLite assumes
//   (https://sqlite.org/psow.html); what a file grew by without being synced may read as anything.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/disk/calls.h"

namespace kith::test {

using Image = std::map<std::string, Bytes, std::less<>>;  // file name -> contents
Image image_of(const std::string& folder);
void put_image(const Image& image, const std::string& folder);  // the folder holds this and nothing else

struct Step {
  Call call;
  int file;  // a number for each file ever made, whatever its name; -1: the folder
  std::string name = {}, to = {};
  std::int64_t at = 0;
  Bytes bytes = {};
  bool failed = false;  // a sync that gave an error, once
  bool lost = false;    // and what it was to make safe is never written
};

class CrashDisk final : public CallWatcher {
 public:
  explicit CrashDisk(const std::string& folder);  // what is there now is safe

  int before(const Seen& seen) override;
  void after(const Seen& seen, long result) override;

  // Of the syncs from now on the n-th fails with EIO, 1 the first. If what it was to make safe is `lost`, the
  // next sync succeeds without it, as on systems that take the pages of a failed write for clean: readers
  // still see them, and the disk gets what is written anew. A folder is one page: any new name brings it all.
  void fail_sync(int which, bool lost);
  bool failed() const { return fail_ == 0; }
  int syncs() const { return syncs_; }  // since fail_sync, or ever

  const std::vector<Step>& steps() const { return steps_; }
  const Image& start() const { return start_; }

 private:
  int file_named(const std::string& name);
  std::string folder_;
  Image start_;
  std::map<std::string, int, std::less<>> names_;
  int next_file_ = 0;
  std::vector<Step> steps_;
  int fail_ = -1, syncs_ = 0;  // how many syncs until the failing one; 0: it was; -1: none
  bool lost_ = false;
};

// How the power failed.
enum class Fate : std::uint8_t { nothing_kept, all_kept, drawn };

// Walks through the steps; at each place it can say what might be left.
class Replay {
 public:
  explicit Replay(const CrashDisk& disk);
  ~Replay();
  std::size_t place() const { return place_; }  // so many steps were done
  bool step();                                  // does the next one; false: there is none
  // What the folder holds after the power failed here. `seed` matters where fate is drawn.
  Image left(Fate fate, std::uint64_t seed) const;

 private:
  struct Disk;
  const std::vector<Step>& steps_;
  std::unique_ptr<Disk> disk_;
  std::size_t place_ = 0;
};

}  // namespace kith::test

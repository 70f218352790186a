// The one door of the page's process. Between the calls that ask for it, it goes on by itself; it closes when
// nobody asks any more, and when the journal locks.
#pragma once

#include <memory>
#include <optional>

#include "cli/context.h"
#include "cli/json.h"
#include "cli/use/door.h"

namespace kith::cli {

inline constexpr std::chrono::seconds kDoorForgotten{60};  // without a question for its state

class DoorRoom {
 public:
  DoorRoom(const Home& home, const Clock& clock, Random& random);
  ~DoorRoom();
  DoorRoom(const DoorRoom&) = delete;
  DoorRoom& operator=(const DoorRoom&) = delete;

  struct Joiner {
    group::OpenedInvitation opened;
    std::string code;
    sharing::Profile me;
    std::vector<std::string_view> addresses;
  };
  // Both take the place of what was there before. Their words for an error are in `context`.
  Result<void> welcome(Context& context, std::string_view group);
  Result<void> prepare(Context& context, Joiner joiner, Json& out);  // writes the rescue words
  Result<void> dial();
  Result<void> put_state(Json& out);
  Result<void> answer(bool same);

  bool open() const { return visit_ != nullptr; }
  void go_on(Instant now);  // whatever came; closes a forgotten door
  void shut();

 private:
  struct Visit;
  Result<void> step();
  Result<void> arrived();
  void note(const Result<void>& done);
  const Home& home_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<Visit> visit_;
};

}  // namespace kith::cli

// A proof that a device signed two things at one place, brought by anybody: real ones with changes, and
// noise. Only two signatures of the device itself may hold it; everybody else stays as they were.
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/group/kit.h"

using namespace kith;
using namespace kith::group;

namespace {

struct Scene {
  Scene() {
    mail::quiet_protobuf();
    w.found({&leader}, Mode::led);
    w.agree(leader, {&leader});
    w.join(leader, liar);
    before = w.events;
    const auto place = liar.at;
    first = to_bytes(w.act(liar, StepBack{}).signed_bytes());
    liar.at = place;
    second = to_bytes(w.act(liar, Return{}).signed_bytes());
    w.events = before;
    liar.at = place;
  }
  test::World w{11};
  test::Device leader = w.device(), liar = w.device();
  std::vector<mail::Event> before;
  Bytes first, second;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Scene scene;
  fuzz::Input in(data, size);
  Bytes first = scene.first, second = scene.second;
  const std::uint8_t how = in.byte();
  if (how % 4 == 0) {
    first = to_bytes(in.take(256));
    second = to_bytes(in.take(256));
  }
  if (how % 4 == 1) second = first;
  while (!in.empty()) {
    Bytes& changed = in.byte() % 2 == 0 ? first : second;
    if (changed.empty()) break;
    const std::size_t at = in.below(changed.size());
    changed[at] = in.byte();
  }
  const auto one = mail::parse_signed_header(first), two = mail::parse_signed_header(second);
  const bool proves = one && two && one->header.device == scene.liar.id &&
                      two->header.device == scene.liar.id && one->header.group == scene.w.group &&
                      two->header.group == scene.w.group && one->header.seq == two->header.seq &&
                      first != second && one->verify(scene.liar.sign.pk) && two->verify(scene.liar.sign.pk);
  scene.w.events = scene.before;
  const auto at = scene.leader.at;
  GroupRoster roster(scene.w.group, scene.w.events);
  const auto carried = scene.w.act(scene.leader, ForkEvidence{first, second}, {scene.before.back().id()});
  roster.learn(std::span(&carried, 1));
  scene.leader.at = at;
  const auto state = roster.state();
  CLAIM(state->active(scene.leader.id) && state->active(scene.leader.member));
  CLAIM(state->active(scene.liar.member));  // the person stays
  CLAIM(state->active(scene.liar.id) != proves);
  return 0;
}

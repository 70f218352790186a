// Two nodes meet over a line that the input bends: it decides who speaks when, which frames are lost, changed
// or come twice, and when the line breaks. Afterwards they meet on a sound line, and both have everything.
#include "core/mail/frame.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/toy_link.h"

using namespace kith;
using namespace kith::test;

namespace {

struct Line {  // one direction
  std::deque<Bytes> frames;
};

class Meeting {
 public:
  Meeting(ToyStore& a, const Author& a_device, ToyStore& b, const Author& b_device)
      : nodes_{&a, &b},
        exchanges_{
            mail::Exchange(a.store, a.roster, {kToyGroup, a_device.id, a_device.link}, b_device.link),
            mail::Exchange(b.store, b.roster, {kToyGroup, b_device.id, b_device.link}, a_device.link)} {}

  // False: one side cut the other.
  bool step(fuzz::Input& in) {
    const std::uint8_t what = in.byte();
    const std::size_t side = what & 1U;
    switch ((what >> 1) % 8) {
      case 0:
      case 1:
      case 2:
        if (auto frame = exchanges_[side].next_frame(Instant{}))
          lines_[side].frames.push_back(std::move(*frame));
        return true;
      case 3:
      case 4:
        return receive(side);
      case 5:
        if (!lines_[side].frames.empty()) bend(lines_[side].frames.front(), in);
        return true;
      case 6:
        if (!lines_[side].frames.empty()) lines_[side].frames.push_back(lines_[side].frames.front());
        return true;
      default:
        nodes_[side]->check_all();
        exchanges_[side].store_grew();
        return true;
    }
  }

 private:
  bool receive(std::size_t side) {
    auto& frames = lines_[1 - side].frames;
    if (frames.empty()) return true;
    const auto received = exchanges_[side].receive(frames.front(), Day{kToyDay}, Instant{});
    frames.pop_front();
    return received.has_value();
  }
  static void bend(Bytes& frame, fuzz::Input& in) {
    if (frame.empty()) return;
    const std::size_t at = in.below(frame.size());
    frame[at] ^= static_cast<std::uint8_t>(in.byte() | 1);
  }

  ToyStore* nodes_[2];
  mail::Exchange exchanges_[2];
  Line lines_[2];
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mail::quiet_protobuf();
  crypto::start();
  Author ana(1), ben(2);
  ToyStore a, b;
  for (ToyStore* node : {&a, &b}) {
    node->roster.add(ana);
    node->roster.add(ben);
  }
  a.write(ana, 3);
  a.append(ana.control("one"));
  const auto last = b.write(ben, 2);
  b.append(ben.tomb({last.front().id()}));
  fuzz::Input in(data, std::min<std::size_t>(size, 400));
  while (!in.empty()) {
    Meeting meeting(a, ana, b, ben);
    while (!in.empty() && meeting.step(in)) {
    }
  }
  // A changed frame may have brought a good signature over other bytes nowhere: the logs are as they were
  // written.
  SeededRandom random(3);
  ToyLink link(a, ana, b, ben);
  link.run(random);
  CLAIM(!link.cut);
  a.check_all();
  b.check_all();
  CLAIM(link.a().quiet() && link.b().quiet());
  CLAIM(a.heads() == b.heads());
  CLAIM(a.heads().size() == 2 && a.heads().at(ana.id).first == 3 && a.heads().at(ben.id).first == 2);
  CLAIM(a.held() == b.held() && a.held().size() == 4);
  CLAIM(a.roster.forked.empty() && b.roster.forked.empty());
  return 0;
}

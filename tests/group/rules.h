// A led group with an agreement: L leads, X is a co-leader, M and N are members, P is nobody yet.
#pragma once

#include "tests/group/kit.h"

namespace kith::group::test {

class Rules : public ::testing::Test {
 protected:
  Rules() {
    w.found({&l}, Mode::led, {}, 0, *RecoveryPk::parse(paper.pk.view()));
    w.agree(l, {&l});
    for (auto* one : {&x, &m, &n}) w.join(l, *one);
    w.act(l, Promote{x.member, Role::co_leader});
  }
  bool counts(const mail::Event& event) const { return w.state().accepted.contains(event.id()); }
  bool counts(Device& by, const Act& what) { return counts(w.act(by, what)); }
  Status status(const Device& d) const { return w.state().members.at(d.member).status; }
  std::vector<Cut> cuts(const Device& device) const { return {w.cut(device)}; }

  World w{21};
  crypto::SignKeypair paper = crypto::sign_keypair(w.random);
  Device l = w.device(), x = w.device(), m = w.device(), n = w.device(), p = w.device();
};

}  // namespace kith::group::test

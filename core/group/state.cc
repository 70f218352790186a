#include "core/group/state.h"

#include <algorithm>

#include "core/base/endian.h"
#include "crypto/hash.h"

namespace kith::group {

bool State::active(const MemberId& member) const {
  const auto found = members.find(member);
  return found != members.end() && found->second.status == Status::active;
}

bool State::active(const DeviceId& id) const {
  const auto* found = device(id);
  return found != nullptr && active(found->member) && !found->revoked && !found->forked;
}

const DeviceState* State::device(const DeviceId& id) const {
  const auto found = devices.find(id);
  return found == devices.end() ? nullptr : &found->second;
}

const MemberState* State::member_of(const DeviceId& id) const {
  const auto* found = device(id);
  return found == nullptr ? nullptr : &members.at(found->member);
}

bool State::leads(const MemberId& member) const {
  const auto found = members.find(member);
  return found != members.end() && found->second.status == Status::active &&
         found->second.role == Role::leader;
}

bool State::has_agreed(const MemberId& member) const {
  const auto found = members.find(member);
  if (found == members.end() || !agreement) return false;
  const auto text = found->second.agreed.find(agreement->version);
  return text != found->second.agreed.end() && text->second == agreement->text;
}

bool State::counts(const DeviceId& id, std::uint64_t seq, mail::Kind kind) const {
  const auto* found = device(id);
  if (found == nullptr) return false;
  return std::ranges::none_of(found->voids, [&](const VoidRange& range) {
    if (kind == mail::Kind::tomb && !range.tombs_too) return false;
    return (!range.after || seq > *range.after) && (!range.until || seq < *range.until);
  });
}

Digest state_digest(const State& state) {
  Bytes all;
  const auto count = [&all](std::size_t value) {
    append_little_endian(all, static_cast<std::uint32_t>(value));
  };
  count(state.members.size());
  for (const auto& [id, member] : state.members) {
    append(all, id.view());
    all.push_back(static_cast<std::uint8_t>(member.role));
    all.push_back(static_cast<std::uint8_t>(member.status));
    count(member.agreed.empty() ? 0 : member.agreed.rbegin()->first);
    std::vector<const DeviceState*> live;
    for (const auto& device : member.devices)
      if (!state.devices.at(device).revoked) live.push_back(&state.devices.at(device));
    count(live.size());
    for (const auto* device : live) {
      append(all, device->id.view());
      append(all, device->sign.view());
      append(all, device->dh.view());
    }
  }
  all.push_back(static_cast<std::uint8_t>(state.mode));
  count(state.trustees.size());
  for (const auto& trustee : state.trustees) {
    all.push_back(trustee.member ? 1 : 2);
    append(all, trustee.member ? ByteView(trustee.member->view()) : ByteView(trustee.outsider->view()));
  }
  count(state.threshold);
  append(all, state.agreement ? ByteView(state.agreement->text.view()) : ByteView(Digest::zero().view()));
  count(state.min_suite);
  count(state.retention_days);
  return crypto::H("kith1.state", {state.group.view(), all});
}

std::vector<Cut> cuts_for(const State& state, const MemberId& id, std::span<const LogEnd> heads) {
  std::vector<Cut> cuts;
  const auto member = state.members.find(id);
  if (member == state.members.end()) return cuts;
  for (const auto& device : member->second.devices) {
    const auto head = std::ranges::find(heads, device, &LogEnd::device);
    if (head == heads.end()) {
      cuts.push_back({device, std::nullopt, Link::zero()});
    } else {
      cuts.push_back({device, head->seq, head->link});
    }
  }
  return cuts;
}

std::vector<Resume> resumes_for(const State& state, const MemberId& id, std::span<const LogEnd> heads) {
  std::vector<Resume> resumes;
  for (const auto& cut : cuts_for(state, id, heads))
    resumes.push_back({cut.device, cut.seq ? *cut.seq + 1 : 0});
  return resumes;
}

std::vector<MemberId> members_to_seal_to(const State& state) {
  std::vector<MemberId> found;
  for (const auto& [id, member] : state.members)
    if (state.active(id) && state.has_agreed(id)) found.push_back(id);
  return found;
}

Digest ctl_digest(const State& state) { return mail::ctl_digest_of(state.control_heads); }

}  // namespace kith::group

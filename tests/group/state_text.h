// A whole State as text, so that two can be compared and a difference be read.
#pragma once

#include <sstream>

#include "core/group/state.h"

namespace kith::group::test {

inline std::string text_of(const State& s) {
  std::ostringstream out;
  const auto id = [](const auto& value) { return value.hex().substr(0, 10); };
  const auto version = [&](const std::optional<AgreementVersion>& v) {
    return v ? std::to_string(v->version) + ":" + id(v->event) : std::string("-");
  };
  out << "mode " << static_cast<int>(s.mode) << " k " << s.threshold << " suite " << s.min_suite << " keep "
      << s.retention_days << " sessions " << s.sessions << s.session_open << " split " << s.split << "\n";
  for (const auto& [key, m] : s.members) {
    out << "member " << id(key) << " role " << static_cast<int>(m.role) << " status "
        << static_cast<int>(m.status) << " back " << m.stepped_back << " paper "
        << (m.recovery ? id(*m.recovery) : "-") << " leaving " << m.leaving.has_value() << " agreed";
    for (const auto& [number, text] : m.agreed) out << " " << number << "=" << id(text);
    for (const auto& device : m.devices) out << " " << id(device);
    out << "\n";
  }
  for (const auto& [key, d] : s.devices) {
    out << "device " << id(key) << " of " << id(d.member) << " by " << id(d.enrolled_by) << " revoked "
        << d.revoked << static_cast<int>(d.revoked_by) << " forked " << d.forked << " erases " << d.cut_erases
        << d.cut_keeps_tombs << " cut " << (d.cut ? id(d.cut->link) : "-") << " resume "
        << d.resume.value_or(0) << " prekey " << id(d.prekey.pk) << " seq " << d.checkpoint_seq.value_or(0);
    for (const auto& address : d.addresses) out << " at " << mail::text_of(address);
    for (const auto& v : d.voids)
      out << " (" << (v.after ? std::to_string(*v.after) : "-") << ","
          << (v.until ? std::to_string(*v.until) : "-") << "," << v.tombs_too << v.held << ")";
    out << "\n";
  }
  for (const auto& t : s.trustees) out << "trustee " << (t.member ? id(*t.member) : id(*t.outsider)) << "\n";
  out << "agreement " << version(s.agreement) << " proposed " << version(s.proposed) << "\n";
  for (const auto& [key, p] : s.agreements)
    out << "text " << id(key) << " " << p.in_force << p.lapsed << "\n";
  for (const auto& [key, i] : s.invites) {
    out << "invite " << id(key) << " used " << i.used;
    for (const auto& admit : i.admits) out << " " << id(admit);
    out << "\n";
  }
  for (const auto& [key, u] : s.suspensions)
    out << "suspension " << id(key) << " " << id(u.member) << static_cast<int>(u.by_class) << u.lifted
        << "\n";
  for (const auto& head : s.control_heads) out << "head " << id(head) << "\n";
  for (const auto& act : s.accepted) out << "accepted " << id(act) << "\n";
  return out.str();
}

}  // namespace kith::group::test

// Drafting, proposing, signing and showing the agreement of a group.
#pragma once

#include <map>

#include "core/group/agreement.h"
#include "core/sharing/node.h"
#include "core/sharing/people.h"

namespace kith::sharing {

struct AgreementView {
  struct Version {
    std::uint32_t version;
    std::optional<group::Agreement> text;  // none: it has not arrived yet
    People signed_by;                      // who has signed; who has not is never listed
    std::size_t of;                        // how many have to
    bool by_me;
    Digest hash;  // of the text: what each of them signed
    // Of each who signed: the link of the signing event, which hashes its signature. The same on every node.
    std::map<MemberId, Link> signatures;
  };
  std::optional<Version> in_force;
  std::optional<Version> proposed;
};

class Agreements {
 public:
  explicit Agreements(Node& node) : node_(node) {}

  // My draft: the text in force, or the starting text, until it is edited.
  Result<group::Agreement> draft(const GroupId& group);
  Result<void> edit(const GroupId& group, std::string_view section, std::string_view text);  // usage: no such
  Result<std::vector<std::string>> missing(const GroupId& group);  // keys of required sections still empty

  // refused: a required section is empty, nothing changed, or I may not propose. The proposer signs too.
  Result<std::uint32_t> propose(const GroupId& group);
  // The newest proposal, or the version in force for a newcomer. `read`: the text hash that was shown.
  // not_found: nothing to sign; waiting: its text has not arrived; refused: another text than the one shown.
  Result<void> sign(const GroupId& group, const Digest& read);
  Result<AgreementView> show(const GroupId& group);
  // What sign() would sign, and its hash.
  struct ToSign {
    group::Agreement text;
    Digest hash;
  };
  Result<ToSign> to_sign(const GroupId& group);

 private:
  Node& node_;
};

}  // namespace kith::sharing

#pragma once

#include "core/mail/event.h"
#include "tests/support/sign_again.h"

namespace kith::group::test {

// The event again, with a link that is smaller, or greater.
inline mail::Event again(const mail::Event& event, const crypto::SignSeed& seed, bool smaller) {
  for (int nonce = 1; nonce < 256; ++nonce) {
    auto other = kith::test::signed_again(event, seed, static_cast<std::uint8_t>(nonce));
    if (other.link() != event.link() && (other.link() < event.link()) == smaller) return other;
  }
  return event;
}

}  // namespace kith::group::test

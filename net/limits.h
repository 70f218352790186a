// Every bound of the network process, in one table.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kith::net {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Sockets.
// MAXMSGSIZE counts a message as encrypted: command name, nonce, tag and flags are 33 bytes (RFC 26).
inline constexpr std::size_t kCurveOverhead = 33;
inline constexpr int kHighWaterMark = 64;  // messages each way and connection
inline constexpr milliseconds kHandshake{5'000};
inline constexpr milliseconds kHeartbeat{15'000};
inline constexpr milliseconds kHeartbeatTimeout{30'000};
// Connections that wait to be accepted. libzmq takes one a round; of 100, its own choice, a flood leaves none
// free, and whoever comes then tries again after 1 s.
inline constexpr int kBacklog = 1'024;
inline constexpr std::size_t kMaxConnections = 256;
inline constexpr std::size_t kMaxLinksOfOneKey =
    4;  // into one port; then the longest silent one of them goes
inline constexpr std::size_t kMaxDials = 64;
inline constexpr int kDescriptors = 4096;  // soft limit asked for; libzmq spins when they run out

// Dialling.
inline constexpr milliseconds kFirstBackOff{1'000};
inline constexpr milliseconds kLastBackOff{300'000};
inline constexpr milliseconds kProgress{30'000};  // no frame for so long while one is awaited: start anew
inline constexpr milliseconds kSettled{30'000};   // a link that lived so long makes the back-off start anew
inline constexpr milliseconds kSelfTestPatience{4'000};  // for both knocks at a port
inline constexpr milliseconds kBindAgain{60'000};        // a port somebody else holds is tried again

// What one peer may send, over all its connections to a port or line.
inline constexpr double kFramesPerSecond = 200;
inline constexpr double kFrameBurst = 2'000;
inline constexpr double kBytesPerSecond = 64.0 * 1024 * 1024;
inline constexpr double kByteBurst = 128.0 * 1024 * 1024;
// Items of OFFERs. A peer offers what others brought it meanwhile; a frame of 256 costs us about a
// millisecond.
inline constexpr double kLookupsPerSecond = 10'000;
inline constexpr double kLookupBurst = 40'000;
inline constexpr milliseconds kFirstPenalty{10'000};  // doubled each time, forgotten after kLastPenalty
inline constexpr milliseconds kLastPenalty{3'600'000};
inline constexpr int kFramesAtOnce = 16;  // taken from one socket before the others have their turn

// What TCP brought and libzmq made no frame of: PINGs, commands, the parts of a message without end. An
// honest peer has its credit of 1 MiB under way, and some small frames.
inline constexpr std::uint64_t kMaxUnheard = 8 * 1024 * 1024;
inline constexpr std::uint64_t kUnheardPerSecond = 1024;  // heartbeats
inline constexpr std::uint64_t kFrameOverhead = 64;       // of ZMTP and CURVE, for each frame
inline constexpr std::uint64_t kIntakeStep = 256 * 1024;
inline constexpr milliseconds kLookAgain{250};  // after connections that have the time
inline constexpr milliseconds kLookSoon{50};    // while one of them brings much

// Of one group, in memory: what one member's eight devices can fill, and a little more; the sums are in
// core/mail/README.md. Above, the group rests and the others go on.
inline constexpr std::uint64_t kMaxActs = 65'536;
inline constexpr std::uint64_t kMaxActBytes = 104 * 1024 * 1024;
inline constexpr std::size_t kMaxPastBytes = 88 * 1024 * 1024;
inline constexpr std::size_t kActsAtOnce = 64;

// courier.sock.
inline constexpr std::size_t kMaxLocalMessage = 512 * 1024;
inline constexpr std::size_t kMaxLocalClients = 16;
inline constexpr std::size_t kMaxLocalQueue =
    8 * 1024 * 1024;  // unread replies of one client, then it is cut
inline constexpr seconds kMaxSyncWait{600};

// Doors.
inline constexpr std::uint32_t kDoorAttempts = 3;
inline constexpr milliseconds kLastMessages{300};
// A closed door stays until the other side has left, or so long: libzmq's own linger loses the last frame.
inline constexpr milliseconds kDoorCloses{5'000};
inline constexpr int kDoorBindTries = 25;  // 20 ms apart: libzmq gives a port back a moment after closing
inline constexpr std::size_t kMaxDoorFrame = 511 * 1024;
inline constexpr std::size_t kMaxDoorQueue = 1024 * 1024;  // then nothing more is read from the client

// Upkeep.
inline constexpr std::size_t kCheckAtOnce = 256;  // signatures, about 12 ms, and one transaction
inline constexpr std::size_t kForksAtOnce = 64;
inline constexpr milliseconds kPurgeEvery{6 * 3'600'000};
inline constexpr milliseconds kRetrySend{10};  // a peer whose queue is full
inline constexpr milliseconds kIdle{60'000};

// Guardian: a courier that fell is started again.
inline constexpr milliseconds kFirstPause{1'000};
inline constexpr milliseconds kLastPause{60'000};
inline constexpr milliseconds kAskedPause{5'000};  // at most, while somebody waits at courier.sock
inline constexpr milliseconds kLongLife{600'000};  // after one that lived so long the pauses begin anew
inline constexpr milliseconds kLookAfterChild{60'000};
inline constexpr milliseconds kLockPatience{2'000};  // for one that is about to end
inline constexpr milliseconds kResumeAgain{
    10'000};  // a key that was left opens nothing: the disk may come back

// Process.
inline constexpr std::uint64_t kMemoryHeadroom = 256ULL * 1024 * 1024;  // private writable, beyond the start

}  // namespace kith::net

#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "balance/routing/health.hpp"
#include "balance/routing/per_server.hpp"
#include "balance/routing/server.hpp"
#include "base/clock.hpp"
#include "os/socket_address.hpp"

namespace brood {

/// What a probe asks, and what it takes for an answer.
struct ProbeSettings {
  enum class Format : std::uint8_t {
    automatic,  ///< A health document where there is one, else by status.
    entries,    ///< 200 and a health document.
    status,     ///< Any status of 200 to 399; the body says nothing.
    connect,    ///< Nothing is asked: it is well if it can be connected to.
    off,        ///< Nobody is probed.
  };

  std::string path = "/healthcheck";
  bool is_path_given = false;  ///< Else its absence says nothing of a server, with `automatic`.
  Format format = Format::automatic;
  std::string introduction;  ///< The PROXY header that servers want first; empty: none.
  Duration timeout{std::chrono::seconds{2}};  ///< For connect and the whole reply together.
  /// Whether who has let itself be connected to has some time more: its answer is late then. A
  /// server whose places are all taken answers a probe when it is the probe's turn.
  bool waits_for_late = true;
};

/// Where a server is probed.
struct ProbeTarget {
  SocketAddress address;
  std::string host;  ///< The value of Host.
  bool is_own_place =
      true;  ///< Where its requests go; else a reporter's, or a page of another port.
};

/// How one probe went.
struct ProbeReport {
  ProbeResult result = ProbeResult::refused;
  std::string detail;  ///< What came instead; empty if it passed. May hold a stranger's bytes.
  bool has_load = false;
  ReportedLoad load;
  Duration took{0};
  int status = 0;              ///< Of the answer; 0: no head came.
  bool is_no_http = false;     ///< It can be connected to, and no answer of HTTP came.
  bool is_unanswered = false;  ///< Somebody listens, who has not answered in time.
  /// The probe could not be made, for want of something of our own; `detail` says of what. There
  /// is no result.
  bool is_void = false;
};

/// Probes servers over HTTP, all that are asked for side by side, each on a connection of its own.
/// In the control thread.
class Prober {
 public:
  using OnEnd = std::function<void(ServerId, const ProbeReport&)>;

  Prober(boost::asio::io_context& context, ProbeSettings settings, OnEnd on_end);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// `on_end` is called later, once.
  void probe(ServerId server, const ProbeTarget& target);
  /// The one of this server, if it is under way, ends without a word.
  void forget(ServerId server);
  /// All that are under way end without a word.
  void stop();

 private:
  class Probe;

  boost::asio::io_context& context_;
  ProbeSettings settings_;
  OnEnd on_end_;
  PerServer<std::weak_ptr<Probe>> probes_;
};

/// The answer to a probe, as far as it was read.
struct ProbeAnswer {
  int status = 0;
  bool is_length_said = false;  ///< It has a length, or is chunked.
  bool has_excess = false;      ///< Bytes came behind its end.
  std::string_view body;
};

/// What an answer is worth.
ProbeReport judge_probe(const ProbeAnswer& answer, const ProbeSettings& settings);

/// What to do where a server's first probe has not met what was asked for: which option, in words;
/// empty where there is nothing to advise.
std::string advice_for(const ProbeReport& report, const ProbeSettings& settings);

}  // namespace brood

#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "os/socket_address.hpp"
#include "routing/health.hpp"
#include "routing/server.hpp"

namespace brood {

/// What a probe asks, and what it takes for an answer.
struct ProbeSettings {
  enum class Format : std::uint8_t {
    entries,  ///< 200 and a health document.
    status,   ///< Any status of 200 to 399; the body says nothing.
  };

  std::string path = "/healthcheck";
  Format format = Format::entries;
  Duration timeout{std::chrono::seconds{2}};  ///< For connect and the whole reply together.
  /// Whether who has let itself be connected to has some time more: its answer is late then. A
  /// server whose places are all taken answers a probe when it is the probe's turn.
  bool waits_for_late = true;
};

/// How one probe went.
struct ProbeReport {
  ProbeResult result = ProbeResult::refused;
  std::string detail;  ///< What came instead; empty if it passed. May hold a stranger's bytes.
  bool has_load = false;
  ReportedLoad load;
  Duration took{0};
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

  /// \param host The value of Host. `on_end` is called later, once.
  void probe(ServerId server, const SocketAddress& address, const std::string& host);
  /// All that are under way end without a word.
  void stop();

 private:
  class Probe;

  boost::asio::io_context& context_;
  ProbeSettings settings_;
  OnEnd on_end_;
  std::vector<std::weak_ptr<Probe>> probes_;
};

/// What a whole answer is worth. \param is_length_said It has a length, or is chunked.
/// \param excess Bytes came behind its end.
ProbeReport judge_probe(int status, bool is_length_said, bool has_excess, std::string_view body,
                        ProbeSettings::Format format);

}  // namespace brood

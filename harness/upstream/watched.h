// What a loop's epoll set points to.
#pragma once

namespace mtls::upstream {

struct Watched {
  enum class Sort { listener, connection };
  explicit Watched(Sort what) : sort(what) {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  const Sort sort;

 protected:
  ~Watched() = default;
};

}  // namespace mtls::upstream

// The life of one connection: what it does with each byte that comes, and what is noted of it.
#include "harness/upstream/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mtls::upstream {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds work_limit{30'000};
constexpr milliseconds idle_limit{75'000};
constexpr milliseconds parting_limit{2'000};
constexpr milliseconds between_slow_bytes{2};
constexpr std::size_t most_bytes = 4u << 20;

}  // namespace

Connection::Connection(Listener& listener, Notes::Visit visit)
    : Watched(Sort::connection),
      listener_(listener),
      policy_(listener.tls()),
      fd_(std::move(visit.fd)),
      visit_(visit.id),
      work_(visit.work),
      note_handshake_(policy_ != nullptr),
      limit_(Clock::now() + work_limit) {
  if (listener_.behaviour() == Behaviour::closing) end("the upstream closes every connection at once");
}

Connection::~Connection() {
  if (stage_ != Stage::over) end("the upstream was stopped");
}

void Connection::ready(bool readable, bool writable) {
  if (writable) flush();
  if (readable) receive();
  settle();
}

void Connection::due() {
  if (Clock::now() >= limit_) {
    end("the connection outlived its time limit");
  } else if (stage_ == Stage::trickling) {
    trickle();
  }
  settle();
}

void Connection::receive() {
  std::array<char, 16 * 1024> buffer;
  for (int round = 0; round < 4 && stage_ != Stage::over; ++round) {
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) {
      received_ += static_cast<std::size_t>(got);
      take({buffer.data(), static_cast<std::size_t>(got)});
      if (received_ > most_bytes) end("the connection sent more than the upstream takes");
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return;
    } else {
      peer_closed();
    }
  }
}

void Connection::take(std::string_view bytes) {
  switch (stage_) {
    case Stage::greeting:
      if (closing_) return;
      first_bytes_.append(bytes);
      greet();
      return;
    case Stage::handshake:
    case Stage::requests:
    case Stage::trickling: exchange(bytes); return;
    case Stage::mute:
    case Stage::parting:
    case Stage::over: return;
  }
}

void Connection::exchange(std::string_view bytes) {
  if (!tls_) {
    reader_.feed(bytes);
    serve();
    return;
  }
  std::string plain;
  const TlsSession::State state = tls_->receive(bytes, plain);
  if (seen_.completed && stage_ == Stage::handshake) {
    stage_ = Stage::requests;
    handshake_ended_ = true;
  }
  if (!plain.empty()) reader_.feed(plain);
  serve();
  out_ += tls_->take_output();
  switch (state) {
    case TlsSession::State::open: return;
    case TlsSession::State::closed: peer_closed(); return;
    case TlsSession::State::failed: failed_tls(); return;
  }
}

void Connection::failed_tls() {
  handshake_ended_ = true;
  stage_ = Stage::mute;
  closing_ = true;  // the alert goes out first
}

// Answers request after request; the next one waits until the one before it is answered.
void Connection::serve() {
  while (stage_ == Stage::requests && !closing_) {
    switch (reader_.next()) {
      case RequestReader::Found::nothing: return;
      case RequestReader::Found::part: work(); return;
      case RequestReader::Found::whole: {
        work();
        const HttpMessage request = *reader_.message();
        reader_.forget();
        answer(request);
        break;
      }
      case RequestReader::Found::broken:
        work();
        if (const HttpMessage* request = reader_.message()) {
          listener_.notes().request(note_of(*request, seen_.client_subject, 400));
        }
        deliver(refusal(400, "This is not a request that can be read.\n"));
        break;
    }
  }
}

void Connection::answer(const HttpMessage& request) {
  if (listener_.behaviour() == Behaviour::silent) {
    listener_.notes().request(note_of(request, seen_.client_subject, 0));
    stage_ = Stage::mute;
    return;
  }
  const Answer made = listener_.answer(request, seen_.client_subject);
  listener_.notes().request(note_of(request, seen_.client_subject, made.status));
  deliver(made);
}

void Connection::deliver(const Answer& answer) {
  received_ = 0;
  ++answers_;
  closing_ = !answer.keep_alive;
  if (listener_.behaviour() != Behaviour::slow) {
    say(answer.bytes);
    return;
  }
  slow_ = answer.bytes;
  stage_ = Stage::trickling;
  next_byte_ = Clock::now() + between_slow_bytes;
}

void Connection::say(std::string_view plain) {
  if (!tls_) {
    out_ += plain;
    return;
  }
  if (!tls_->write(plain)) closing_ = true;
  out_ += tls_->take_output();
}

void Connection::trickle() {
  if (Clock::now() < next_byte_ || slow_.empty()) return;
  say(std::string_view(slow_).substr(0, 1));
  slow_.erase(0, 1);
  next_byte_ = Clock::now() + between_slow_bytes;
  if (!slow_.empty()) return;
  stage_ = Stage::requests;
  serve();  // what came meanwhile
}

void Connection::flush() {
  std::size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t done = send(fd_.get(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (done < 0) {
      // The peer is gone, but what it said before, its alert above all, is still to be read.
      sent = out_.size();
      closing_ = true;
      break;
    }
    sent += static_cast<std::size_t>(done);
  }
  out_.erase(0, sent);
}

void Connection::settle() {
  if (stage_ == Stage::over) return;
  if (tls_ && tls_->take_changed()) publish();
  flush();
  if (closing_ && stage_ != Stage::parting && stage_ != Stage::trickling && out_.empty()) part();
  if (stage_ == Stage::requests && answers_ > 0 && out_.empty() && !reader_.in_request()) rest();
}

// Half closes and goes on reading: closing with unread bytes would reset the connection, and the peer would lose what
// was said last.
void Connection::part() {
  if (tls_ && seen_.completed && seen_.failure.empty()) {
    tls_->close();
    out_ += tls_->take_output();
    flush();
  }
  shutdown(fd_.get(), SHUT_WR);
  stage_ = Stage::parting;
  limit_ = Clock::now() + parting_limit;
  publish();
  if (work_) listener_.notes().end_work(*std::exchange(work_, std::nullopt));
}

void Connection::peer_closed() {
  flush();  // it may have closed its own side only
  if (reader_.in_request() && stage_ == Stage::requests) {
    if (const HttpMessage* request = reader_.message()) {
      listener_.notes().request(note_of(*request, seen_.client_subject, 0));
    }
  }
  end(unfinished_reason());
}

std::string Connection::unfinished_reason() const {
  switch (stage_) {
    case Stage::greeting: return "the peer closed the connection before it sent anything";
    case Stage::handshake: return "the peer closed the connection during the handshake";
    case Stage::mute: return seen_.completed ? "" : "the peer gave up waiting: this upstream is silent";
    case Stage::requests:
      return answers_ == 0 && !reader_.in_request()
                 ? "the peer closed the connection after the handshake, without a request"
                 : "";
    case Stage::trickling:
    case Stage::parting:
    case Stage::over: return "";
  }
  return "";
}

void Connection::end(std::string_view why) {
  if (seen_.failure.empty() && (answers_ == 0 || stage_ == Stage::trickling)) seen_.failure = why;
  handshake_ended_ = true;
  publish();
  stage_ = Stage::over;
  out_.clear();
  if (work_) listener_.notes().end_work(*std::exchange(work_, std::nullopt));
}

void Connection::publish() {
  if (note_handshake_) listener_.notes().handshake(visit_, seen_, handshake_ended_);
}

void Connection::work() {
  if (work_) return;
  work_ = listener_.notes().begin_work();
  limit_ = Clock::now() + work_limit;
}

void Connection::rest() {
  limit_ = Clock::now() + idle_limit;
  if (work_) listener_.notes().end_work(*std::exchange(work_, std::nullopt));
}

}  // namespace mtls::upstream

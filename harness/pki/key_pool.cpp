// Keys: EC and Ed25519 on demand, RSA from a small pool that a thread or two fill in the background.
#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "harness/pki/handles.h"
#include "harness/pki/pki.h"
#include "harness/pki/rsa_key.h"

namespace mtls::pki {
namespace {

// Largest first: the longest job decides when all are done.
constexpr std::array rsa_types{KeyType::rsa4096, KeyType::rsa3072, KeyType::rsa2048, KeyType::rsa1024};

unsigned rsa_bits(KeyType type) {
  switch (type) {
    case KeyType::rsa1024: return 1024;
    case KeyType::rsa2048: return 2048;
    case KeyType::rsa3072: return 3072;
    case KeyType::rsa4096: return 4096;
    case KeyType::p256:
    case KeyType::p384:
    case KeyType::ed25519: return 0;
  }
  return 0;
}

// How many keys of a type a run that needs many makes: the slow ones and the faulty ones are rare.
int pool_size(KeyType type) {
  return type == KeyType::rsa4096 || type == KeyType::rsa1024 ? 1 : 2;
}

// Making the context costs more than making a P-256 key with it.
KeyContextPtr elliptic_context(KeyType type) {
  KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type == KeyType::ed25519 ? "ED25519" : "EC", nullptr));
  if (!context || EVP_PKEY_keygen_init(context.get()) <= 0) return {};
  if (type == KeyType::ed25519) return context;
  const char* group = type == KeyType::p384 ? "P-384" : "P-256";
  return EVP_PKEY_CTX_set_group_name(context.get(), group) > 0 ? std::move(context) : KeyContextPtr{};
}

// Primes of 512 to 1024 bits: as many as OpenSSL takes for the size.
int primes_of(KeyType type) {
  if (type == KeyType::rsa4096) return 4;
  return type == KeyType::rsa1024 ? 2 : 3;
}

}  // namespace

struct KeyPool::State {
  bool multi_prime = false;
  // Quick keys are made beside a run, which wants the other processor.
  std::size_t thread_limit() const { return multi_prime ? 1 : 2; }
  struct Shelf {
    std::vector<KeyRef> keys;
    std::size_t next = 0;
    int wanted = 0;  // ordered, not begun
    int making = 0;
    std::string failure;

    int in_all() const { return static_cast<int>(keys.size()) + wanted + making; }
    KeyRef draw(const std::vector<KeyRef>& unlike);
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::map<KeyType, Shelf> shelves;
  std::map<KeyType, KeyContextPtr> elliptic;
  std::vector<std::thread> threads;
  std::atomic<bool> stop{false};

  ~State();
  void order(KeyType type, int count);
  void work();
  Result<KeyRef> make_elliptic(KeyType type);
};

KeyRef KeyPool::State::Shelf::draw(const std::vector<KeyRef>& unlike) {
  for (std::size_t tried = 0; tried < keys.size(); ++tried) {
    const KeyRef& key = keys[next++ % keys.size()];
    if (std::find(unlike.begin(), unlike.end(), key) == unlike.end()) return key;
  }
  return {};
}

KeyPool::State::~State() {
  {
    const std::lock_guard lock(mutex);
    stop = true;
  }
  changed.notify_all();
  for (std::thread& thread : threads) thread.join();
}

// The mutex is held.
void KeyPool::State::order(KeyType type, int count) {
  if (count <= 0) return;
  shelves[type].wanted += count;
  for (int i = 0; i < count && threads.size() < thread_limit(); ++i) threads.emplace_back([this] { work(); });
  changed.notify_all();
}

void KeyPool::State::work() {
  std::unique_lock lock(mutex);
  const auto job = [this] {
    return std::find_if(rsa_types.begin(), rsa_types.end(), [this](KeyType type) { return shelves[type].wanted > 0; });
  };
  for (;;) {
    changed.wait(lock, [&] { return stop || job() != rsa_types.end(); });
    if (stop) return;
    const KeyType type = *job();
    Shelf& shelf = shelves[type];
    --shelf.wanted;
    ++shelf.making;
    lock.unlock();
    KeyRef key = make_rsa(rsa_bits(type), multi_prime ? primes_of(type) : 2, stop);
    const std::string failure = key ? "" : take_openssl_errors();
    lock.lock();
    --shelf.making;
    if (key)
      shelf.keys.push_back(std::move(key));
    else
      shelf.failure = failure.empty() ? "key generation failed" : failure;
    changed.notify_all();
  }
}

// The mutex is held.
Result<KeyRef> KeyPool::State::make_elliptic(KeyType type) {
  KeyContextPtr& context = elliptic[type];
  if (!context) context = elliptic_context(type);
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_generate(context.get(), &key) <= 0)
    return openssl_error("no " + std::string(name(type)) + " key could be made");
  return own(key);
}

KeyPool::KeyPool(bool multi_prime) : state_(std::make_unique<State>()) {
  state_->multi_prime = multi_prime;
}
KeyPool::~KeyPool() = default;

void KeyPool::prepare(const PkiSpec& spec) {
  struct Need {
    int all = 0;
    int apart = 0;  // keys that must differ from each other
  };
  std::map<KeyType, Need> needs;
  std::map<std::string_view, KeyType> authority_keys;
  for (const CertificateSpec& authority : spec.authorities) {
    authority_keys[authority.name] = authority.key;
    ++needs[authority.key].all;
    ++needs[authority.key].apart;
  }
  std::map<KeyType, int> beside_issuer;
  for (const CredentialSpec& credential : spec.credentials) {
    const CertificateSpec& leaf = credential.certificate;
    ++needs[leaf.key].all;
    const auto issuer = authority_keys.find(leaf.issuer);
    if (credential.forged_proof || (issuer != authority_keys.end() && issuer->second == leaf.key))
      beside_issuer[leaf.key] = 1;
  }
  const std::lock_guard lock(state_->mutex);
  for (const auto& [type, need] : needs) {
    if (rsa_bits(type) == 0) continue;
    // One authority and what it issues need two keys; more authorities have a key for each other's leaves already.
    const int apart = std::max(need.apart, std::min(need.apart, 1) + beside_issuer[type]);
    state_->order(type, std::max(std::min(need.all, pool_size(type)), apart) - state_->shelves[type].in_all());
  }
}

Result<KeyRef> KeyPool::take(KeyType type, const std::vector<KeyRef>& unlike) {
  std::unique_lock lock(state_->mutex);
  if (rsa_bits(type) == 0) return state_->make_elliptic(type);
  State::Shelf& shelf = state_->shelves[type];
  for (;;) {
    if (KeyRef key = shelf.draw(unlike)) return key;
    if (!shelf.failure.empty())
      return Error{"mint", "no " + std::string(name(type)) + " key could be made: " + shelf.failure, ""};
    if (shelf.wanted + shelf.making == 0) state_->order(type, 1);
    state_->changed.wait(lock);
  }
}

}  // namespace mtls::pki

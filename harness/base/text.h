// Text: foreign bytes made harmless, and the few string operations the standard library lacks.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mtls {

// Foreign bytes as valid UTF-8 without control characters: C0 (but tab and newline), DEL and C1 become visible "\xNN",
// broken sequences U+FFFD; U+FFFE, U+FFFF, bidirectional controls and U+2028/2029 become visible escapes too.
// Longer than `limit` bytes: cut, with a note of how much is left out. Private keys in PEM are replaced by "[private
// key removed]".
std::string sanitise(std::string_view bytes, std::size_t limit = 64 * 1024);

// As sanitise, and newlines become visible too: for what must stay one line.
std::string sanitise_line(std::string_view bytes, std::size_t limit = 4 * 1024);

std::string hex(std::span<const unsigned char> bytes);  // lower case
std::string random_hex(std::size_t bytes);              // from OpenSSL's RAND_bytes
std::string base64(std::span<const unsigned char> bytes);
std::vector<std::string> split(std::string_view text, char separator);  // keeps empty parts
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
// Shell-style * and ? over the whole text; '*' also crosses '/'.
bool glob_matches(std::string_view pattern, std::string_view text);
// A word in single quotes where a shell needs them.
std::string shell_quote(std::string_view word);
// The candidate nearest to `word` by edit distance, for "did you mean"; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mtls

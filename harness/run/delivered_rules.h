// The rules that the program is delivered with, for tests.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "harness/catalog/catalog.h"
#include "harness/diagnose/diagnose.h"

namespace mtls::run {

inline const diagnose::Rules& delivered_rules() {
  static const diagnose::Rules made = [] {
    auto book = catalog::read_rules(std::filesystem::path(MTLSCHECK_SOURCE_DIR) / "fixtures/diagnoses");
    if (!book) throw std::runtime_error(to_string(book.error()));
    auto compiled = diagnose::Rules::compile(*book);
    if (!compiled) throw std::runtime_error(to_string(compiled.error()));
    return std::move(*compiled);
  }();
  return made;
}

}  // namespace mtls::run

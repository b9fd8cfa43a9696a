#pragma once
// What is tested: the build of the folder that BROOD_BUILD names, or else the one that this program
// belongs to. So the process tests are compiled once, and test builds with a sanitizer too.

namespace brood::test {

/// The path of a file of that build; it lives as long as the program.
const char* built(const char* name);

/// Whether that build has a sanitizer in it: more memory, less speed, no library before its own.
bool is_sanitized();

}  // namespace brood::test

#define BROOD_BINARY ::brood::test::built("brood")
#define BROOD_FAULTY_BINARY ::brood::test::built("test/brood-faulty")

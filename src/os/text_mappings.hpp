#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace brood {

/// From here on, fork() hands the child all pages of program text that the caller has mapped. A new
/// worker otherwise meets each of them in a page fault of its own, and that was most of what its
/// start cost.
///
/// For fork() copies the page table of a private mapping only if the mapping has had a page written
/// to (vma_needs_copy() in Linux's mm/memory.c); what is in it unchanged can be faulted in anew. So
/// one byte of each executable mapping of a file is written back as it is, through /proc/self/mem,
/// which needs no write permission on the page (proc_pid_mem(5)). Costs one page a mapping, once.
///
/// \pre one thread, or nobody cares which byte.
/// \return in how many mappings that was done; 0 where the kernel refuses: forks are then as ever.
std::size_t hand_text_on_to_children();

/// Where the executable, private, unwritable mappings of files begin, from a text as of
/// /proc/PID/maps (proc_pid_maps(5)).
std::vector<std::uintptr_t> text_mappings(std::string_view maps);

}  // namespace brood

#ifndef VIGIL_CLINUX_SHIM_H
#define VIGIL_CLINUX_SHIM_H

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/timex.h>

/// Whether something disciplines the kernel's clock (NTP, PTP, a receiver): 1 yes, 0 no or unknown.
static inline int vigil_clock_is_disciplined(void) {
    struct timex state = {0};
    return adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);
}

/// How far the kernel's clock is from the time that disciplines it, in microseconds, as far as it knows; INT64_MIN = nothing does.
static inline int64_t vigil_clock_offset_microseconds(void) {
    struct timex state = {0};
    if (adjtimex(&state) < 0 || (state.status & STA_UNSYNC)) return INT64_MIN;
    return state.status & STA_NANO ? state.offset / 1000 : state.offset;
}

/// Two heaps instead of eight a core: threads here allocate little, and each heap keeps what it once needed.
/// Call it before the first thread starts.
static inline void vigil_limit_heaps(void) { mallopt(M_ARENA_MAX, 2); }

/// Bytes of the heap that are in use, in all heaps and in mappings of their own.
static inline uint64_t vigil_heap_bytes(void) {
    struct mallinfo2 now = mallinfo2();
    return (uint64_t)now.uordblks + (uint64_t)now.hblkhd;
}

/// Gives back what only the start needed: free heap pages, and the pages of the program's own code that were
/// mapped on the way. They are clean and come back from the page cache when they are touched again.
static inline void vigil_release_startup_memory(void) {
    malloc_trim(0);
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return;
    char line[512], own[512];
    int has_own = 0;
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char mode[5], path[400] = "";
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %399s", &from, &to, mode, path) < 4 || path[0] != '/') continue;
        // The first mapping of a process is its program.
        if (!has_own) {
            snprintf(own, sizeof own, "%s", path);
            has_own = 1;
        }
        int is_own = 1;
        for (int i = 0; own[i] || path[i]; i++) if (own[i] != path[i]) { is_own = 0; break; }
        // Code only: read-only data holds pages that the linker has written to.
        if (is_own && mode[1] != 'w' && mode[2] == 'x') madvise((void *)(uintptr_t)from, to - from, MADV_DONTNEED);
    }
    fclose(maps);
}

#endif

#ifndef VIGIL_CLINUX_SHIM_H
#define VIGIL_CLINUX_SHIM_H

#include <sys/timex.h>

/// Whether something disciplines the kernel's clock (NTP, PTP, a receiver): 1 yes, 0 no or unknown.
static inline int vigil_clock_is_disciplined(void) {
    struct timex state = {0};
    return adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);
}

#endif

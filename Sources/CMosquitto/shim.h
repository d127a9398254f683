// The headers of libmosquitto (Debian: libmosquitto-dev), and what its loop needs of Linux that Swift's Glibc lacks.
#ifndef VIGIL_CMOSQUITTO_SHIM_H
#define VIGIL_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// A new eventfd, not inherited by children and never blocking; -1 when no descriptor is left.
static inline int vigil_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Names the calling thread; `prctl` is variadic, which Swift can't call.
static inline void vigil_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif

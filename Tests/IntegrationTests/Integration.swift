import Testing

/// Tests of the whole hub: the real program, its real broker, real sockets. One at a time, because they measure.
@Suite(.serialized) enum Integration {}

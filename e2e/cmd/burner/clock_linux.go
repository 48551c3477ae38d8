package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the CPU time that this process has used since it started.
func cpuTime() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now); err != nil {
		panic(err) // Linux has had this clock since 2.6.12
	}
	return time.Duration(now.Nano())
}

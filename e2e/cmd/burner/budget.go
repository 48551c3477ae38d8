package main

import "time"

// patience bounds the CPU that a process makes up for after it had no CPU. The rest is dropped, because a server that is
// short of CPU serves less, rather than all of it later. It bounds a credit in the same way.
const patience = 4 * period

// budget is the CPU time that the process should have used by now, since it started. Compared with what the kernel says
// that it has used, it counts everything in, the Go runtime too.
type budget time.Duration

// grow adds what rate, in CPU seconds per second, asks for over elapsed wall time.
func (b *budget) grow(rate float64, elapsed, used time.Duration) {
	wanted := time.Duration(*b) + time.Duration(rate*float64(elapsed))
	*b = budget(min(max(wanted, used-patience), used+patience))
}

// left is what is still to be used.
func (b *budget) left(used time.Duration) time.Duration { return max(time.Duration(*b)-used, 0) }

//go:build !linux

package main

import "time"

var began = time.Now()

// cpuTime is wall time where the program is built for something else than a container of the real node, which runs Linux.
func cpuTime() time.Duration { return time.Since(began) }

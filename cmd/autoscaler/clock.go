package main

import "time"

// now is the clock of the loop. It has a file to itself, which the tests of e2e replace to run the program on other days.
func now() time.Time { return time.Now() }

package main

import "time"

// now is the clock of the loop, and this file holds nothing else: the stories of e2e build the program with another file in
// its place, to see it live through days that are not today.
func now() time.Time { return time.Now() }

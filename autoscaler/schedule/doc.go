// Package schedule computes when a window is open: its state at an instant, its next change, and its occurrences in an
// interval. It also computes the bounds that the windows of an autoscaler set together. It is pure: the time is an argument,
// and the same input always has the same result.
//
// Cron lines are matched on the civil clock, which has no gaps and no repetitions. One rule maps wall times to instants: a wall
// time occurs at the first instant at which the clocks show it or a later time. A start in the hour that the clocks skip
// occurs when the clocks have jumped, and a start in a repeated hour occurs the first time. Durations are elapsed time. An end
// that is a cron line is a wall time, the first one after the start.
//
// The package never pairs the next start with the next end to compute the current state, which is wrong wherever the two do
// not alternate. It never passes a time zone to the cron library, which loses days around changes of the offset.
package schedule

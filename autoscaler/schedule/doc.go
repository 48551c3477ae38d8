// Package schedule answers when a window is open: now, when that changes next, and its occurrences in an interval. It
// is pure: the time is an argument, and the same question always has the same answer.
//
// Cron lines are matched on the civil clock, which has no gaps and repeats nothing, and only then mapped to instants by
// one rule: a wall time happens at the first instant at which the clocks show it or a later one. So a start in the hour
// that spring skips happens when the clocks have jumped, and one in the hour that autumn repeats happens the first time.
// Durations are elapsed time.
//
// The package never looks for the last start by pairs of next ones, and it never gives the cron library a time zone:
// both lose days around offset changes.
package schedule

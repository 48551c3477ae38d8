// Package schedule answers when a window is open: now, when that changes next, and its occurrences in an interval; and
// which bounds the windows of an autoscaler set together. It is pure: the time is an argument, and the same question
// always has the same answer.
//
// Cron lines are matched on the civil clock, which has no gaps and repeats nothing, and only then mapped to instants by
// one rule: a wall time happens at the first instant at which the clocks show it or a later one. So a start in the hour
// that spring skips happens when the clocks have jumped, and one in the hour that autumn repeats happens the first time.
// Durations are elapsed time; an end that is a cron line is a wall time, the first after the start's.
//
// The package never pairs the next start with the next end to find out what is open now, and it never gives the cron
// library a time zone: the one is wrong wherever the two do not strictly alternate, and the other loses days around
// offset changes.
package schedule

// Package telemetry tells Prometheus how the asking of it goes: for each rule how often, with what outcome, how much and how
// old, and whether it is left alone for a while because it keeps failing.
//
// The number of its series is bounded by the rules and never by what is asked: queries that are no rule's as a whole, because
// a request narrows them or a spec has written them, share one name.
package telemetry

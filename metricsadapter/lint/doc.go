// Package lint says what a set of rules gives, and what somebody should know about them before they count: what is likely
// wrong, and what Flyball does otherwise than prometheus-adapter on purpose.
//
// It asks no server: what it knows of series is what the rules were resolved with.
package lint

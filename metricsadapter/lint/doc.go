// Package lint lists the metrics of a set of rules, with findings: probable errors, and intended differences from
// prometheus-adapter.
//
// It contacts no server: it uses the series that the rules were resolved with.
package lint

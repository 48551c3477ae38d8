// Package expr reads and changes PromQL through Prometheus' own parser: it gives a query its canonical text, adds
// matchers to its selectors, and tells which labels its answer carries and how far back it looks.
//
// It never joins strings to make a query, so that no name and no label value can change a query's shape, and it never
// evaluates one.
package expr

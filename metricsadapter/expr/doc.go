// Package expr parses and rewrites PromQL with Prometheus' own parser. It returns the canonical text of a query, adds
// matchers to its selectors, and reports the labels of its result and how far back it reads.
//
// It never builds a query by joining strings, so that no name and no label value can change the structure of a query.
// It does not evaluate queries.
package expr

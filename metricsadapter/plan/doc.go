// Package plan turns many requests for values into few queries, and splits the answers again. One grouped query serves
// every object that a metric describes, so that the cost follows the number of distinct metrics; its answer becomes a
// [Table], in which each request finds its rows.
//
//	rule + selector ─► Query ─► (asked once) ─► Table ─► rows of one object, or of a namespace
//
// It asks nothing itself, and it never makes a number of what is not one: NaN, infinities and histograms are rows with a
// Problem.
package plan

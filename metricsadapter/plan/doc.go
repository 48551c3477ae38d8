// Package plan turns many requests for values into few queries, and splits the answers again. One grouped query serves
// every object that a metric describes, so that the cost follows the number of distinct metrics; its answer becomes a
// [Table], in which each request finds its rows.
//
//	rule + selector ─► Query ─► (asked once) ─► Table ─► rows of one object, or of a namespace
//
// A query has a [Companion], which asks for the times of the samples behind its rows, and can be narrowed to some
// namespaces with [Query.ForNamespaces]. Both are made of the query's tree, and both can be impossible; the error says why.
//
// It asks nothing itself, and it never makes a number of what is not one: NaN, infinities and histograms are rows with a
// Problem.
package plan

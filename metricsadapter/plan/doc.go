// Package plan combines many requests for values into few queries, and splits the results again. One grouped query
// serves every object that a metric describes, so that the cost grows with the number of distinct metrics. Its result
// becomes a [Table], in which each request finds its rows.
//
//	rule + selector ─► Query ─► (one request to Prometheus) ─► Table ─► rows of one object, or of a namespace
//
// A query has a [Companion], which returns the times of the samples behind its rows. [Query.ForNamespaces] restricts a
// query to some namespaces. Both rewrite the parsed query; where that is not possible, the error states the reason.
//
// The package sends no queries. It never replaces a value that is not a number: rows with NaN, infinite values and
// histograms have a Problem.
package plan

// Package trace follows a metric from the series of its rule to the value of an object, step by step, and measures what the
// queries of rules cost.
package trace

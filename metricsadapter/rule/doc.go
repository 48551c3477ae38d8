// Package rule reads rules: which query gives which metric, and which labels of its answer name the object described.
// It checks each rule on its own, so that a bad rule disables itself with a reason and never its neighbours.
//
// It asks no server whether a metric exists and runs no query.
package rule

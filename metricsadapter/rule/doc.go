// Package rule parses rules: the query of each metric, and the labels of its result that identify the described object.
// It validates each rule separately, so that an invalid rule disables only itself, with a reason.
//
// It does not contact a server, and runs no query.
package rule

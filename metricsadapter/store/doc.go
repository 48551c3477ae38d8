// Package store keeps the newest answer of each query that somebody asks for, and how old it is. It asks Prometheus once
// a period for each, however many readers there are, and only while there are any; readers are served from memory. Only
// the first reader of a query waits, for its first answer.
//
// It never makes a value up: while queries fail it hands out the last good answer with its time and the failure, and
// leaves it to the reader, who knows the age that a sample may have, to believe it or not.
package store

// Package store keeps the newest answer of each query that somebody asks for, and how old its samples are. It asks
// Prometheus once a period for each, however many readers there are, and only while there are any; readers are served from
// memory. Only the first reader of a query, or of a namespace that is asked for by itself, waits for the first answer.
//
//	Read ─► entry ─► layout ─► parts ─► answers          for readers, without waiting
//	keep ─► round ─► ask ─► (split, join)                 one keeper for each entry
//
// An entry is asked as a whole while that works, and else in parts, which are shards of namespaces. It never makes a value
// up: while queries fail it hands out the last good answer with its time and the failure, and leaves it to the reader, who
// knows the age that a sample may have, to believe it or not.
package store

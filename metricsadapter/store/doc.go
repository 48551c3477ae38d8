// Package store caches the newest result of each query that readers request, with the age of its samples. It sends each
// query once per period, or once per scrape interval, however many readers it has, and only while it has readers. Readers
// are served from memory. Only the first reader of a query, or of a namespace with its own query, waits for the first
// result.
//
//	Read ─► entry ─► layout ─► shards ─► answers        for readers, without waiting
//	run ─► refreshDue ─► refresh ─► (split, join)       one goroutine for each entry
//
// An entry is one query while that succeeds, and otherwise shards, which are queries for some namespaces. The store
// never invents a value: while queries fail it returns the last successful result with its time and the failure, and
// the reader, which has the maximum age of a sample, decides whether to use it.
package store

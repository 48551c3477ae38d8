// Package prom asks Prometheus and what speaks its API, within bounds: so many queries at a time, each with a time limit
// that the server is told of, an answer of so many bytes and so many series at most. What does not fit is refused, never
// cut short: a short answer would look like objects without samples.
//
// The queries that a server answers at a time are shared among the namespaces that queries belong to, in the order of package
// fair, and each namespace has a budget of query time.
//
// A client has one or more servers, each with a name, bounds and credentials of its own; Load reads them from a file.
// Files of credentials and certificates are read again when they change. No message of this package holds a secret.
//
// It keeps no answers and repeats no query; package store does, which also sees to it that equal queries are asked once.
package prom

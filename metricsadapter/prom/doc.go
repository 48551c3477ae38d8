// Package prom queries Prometheus and compatible servers within limits: concurrent queries, a timeout that the server
// receives, and the bytes and series of a response. A response above a limit is rejected and never truncated, because a
// truncated response looks like objects without samples.
//
// The concurrent queries of a server are shared among the namespaces that queries belong to, in the order of package
// fair. Each namespace has a budget of query time.
//
// A client has one or more servers, each with its own name, limits and credentials; Load reads them from a file. Files
// of credentials and certificates are read again when they change. No message of this package contains a secret.
//
// The package does not cache results or retry queries. Package store caches them, and sends equal queries once.
package prom

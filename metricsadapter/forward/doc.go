// Package forward forwards requests for metrics that no rule provides to another provider of the same API group, so
// that two providers can share a cluster, which has one server per group.
//
// The other provider sees the adapter's identity, not the caller's. So the adapter authorizes the caller for the exact
// request first, and builds a new request from its parts: it forwards only names and selectors. TLS is always verified.
// Metrics that a rule provides are never requested from the other provider, and its failures do not affect them.
package forward

// Package forward hands requests for metrics that no rule gives to another provider of the same API group, because a
// cluster has one server for each group: so that two providers can live in one cluster.
//
// The other provider knows the adapter's own identity, not the caller's. So the caller is authorised here first, for
// exactly what it asked, and the request is made anew from its parts: nothing of what the caller wrote but names and
// selectors goes on. TLS is always verified. It never asks the other provider for what a rule gives, and never fails
// because the other one does.
package forward

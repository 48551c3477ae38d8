// Package listener serves metrics, profiles and bundles over TLS, to callers whom the API server authenticates and authorizes.
//
// A caller sends the bearer token or the client certificate that it sends to the API server, and needs RBAC for what it reads.
// Headers of a front proxy are not read. docs/security.md has the permissions.
package listener

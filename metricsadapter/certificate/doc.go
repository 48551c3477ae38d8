// Package certificate makes the serving certificate of a program in memory, replaces it before it expires, and has the API server
// trust it.
//
// No private key leaves the process, so that no program needs access to Secrets. A replica publishes the certificate of its own
// certificate authority in spec.caBundle of the APIServices that lead to it, beside those of the other replicas:
// docs/decisions/0015-certificates-in-memory.md.
package certificate

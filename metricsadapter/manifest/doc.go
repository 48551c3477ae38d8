// Package manifest splits a YAML stream into its documents and a List into its items, so that every program that reads
// a user's file reads all of it, or rejects it.
//
// YAML decoders read the first document of a stream and ignore the others without an error. Other packages split a
// user's file with this package before they decode it.
package manifest

// Package manifest splits a YAML stream into its documents and a List into its items, so that every program that reads a
// file of a user reads all of it, or refuses it.
//
// The decoders of YAML read the first document of a stream and ignore the rest without an error. No other package of the
// product gives a user's file to such a decoder before this one has split it.
package manifest

// Package docs tests what the documents promise: that the tables of ARCHITECTURE.md hold in the code, and that
// docs/dependencies.md names every dependency. It has no code of its own.
package docs

// Package build compiles every program of the local cluster, and shows how far it is.
//
// Its single job is to turn pinned modules and this repository's sources into binaries in one folder. It keeps no cache
// of its own: Go's build cache has what is current, so a build with nothing to do takes seconds. It imports
// nothing outside the standard library, so that it can itself be compiled before anything else is. One program it builds a
// second time, with another file for its clock (overlay.go).
package build

// Package testcluster starts the clusters that the tests of a package run on, and has the helpers that these tests share.
//
// A test binary has one set of clusters, started by Main. Each test works in a namespace of its own.
package testcluster

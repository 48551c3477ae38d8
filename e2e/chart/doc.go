// Package chart renders charts/flyball as `helm install` does, with Helm's own library, and holds the tests of the chart:
// what it renders, what it grants, which values it refuses, and that the API server takes its CRDs. It installs nothing.
package chart

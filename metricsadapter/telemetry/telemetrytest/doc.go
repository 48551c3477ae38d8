// Package telemetrytest holds a page that lists metrics against what a program tells, for tests.
//
// It never looks at values.
package telemetrytest

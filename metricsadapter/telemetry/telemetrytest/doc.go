// Package telemetrytest compares a page that lists metrics with the metrics that a program exports, for tests.
package telemetrytest

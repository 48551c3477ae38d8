// Package provider serves the metrics APIs from the store: custom.metrics.k8s.io and external.metrics.k8s.io through
// the interfaces of custom-metrics-apiserver, and metrics.k8s.io as REST storage.
//
// A missing value is an error with its reason: no rule provides the metric (404), the object has no sample (404), or
// the last sample is too old (503). The package returns only values from Prometheus, and no empty list where a value
// was requested.
package provider

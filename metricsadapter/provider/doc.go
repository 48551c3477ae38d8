// Package provider answers the metrics APIs from the store: custom.metrics.k8s.io and external.metrics.k8s.io through the
// interfaces of custom-metrics-apiserver, and metrics.k8s.io as storage of its own.
//
// An answer that is not there is an error that says which it is: the metric is not known (404), the object has no sample
// (404), or what is known is too old to be told (503). It never gives a value that Prometheus did not give, and never an
// empty list where a value was asked for.
package provider

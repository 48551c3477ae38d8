// Package adapterfaults tests the metrics adapter under faults of Prometheus, its series and our rules: one test for each
// kind of fault, on a real control plane with a real Prometheus behind package faults.
//
// A fault affects one metric. Its test checks the answer of the API for that metric, the adapter's own metrics and log,
// that no served value is wrong, that no autoscaler scales in, that other metrics are served as before, and the time until
// the metric is served again. Another test counts the queries of the adapter under many autoscalers and many readers.
package adapterfaults

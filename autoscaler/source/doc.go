// Package source reads the values of many metrics in one batch. It has two ways in, chosen for each metric and told in
// [engine.Reading.Via]:
//
//   - direct: a rule, or the spec's own query, names the PromQL; the adapter's planner and store run in this process, so
//     that one grouped query serves every autoscaler of a metric and no call goes through the API server.
//   - api: the standard metrics APIs (metrics.k8s.io, custom.metrics.k8s.io, external.metrics.k8s.io), so that any
//     provider works.
//
// It never decides anything and never invents a value: what it cannot read is a [engine.Reading] with a Problem, and a
// pod without a sample is a pod without a sample, not a zero.
package source

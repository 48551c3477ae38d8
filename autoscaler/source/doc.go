// Package source reads the values of many metrics in one batch. It has two ways to read a metric, named in
// [engine.Reading.Via]:
//
//   - direct: a rule, or a query in the spec, defines the PromQL. The adapter's planner and store run in this process, so one
//     grouped query serves all autoscalers of a metric, and no call goes through the API server.
//   - api: the standard metrics APIs (metrics.k8s.io, custom.metrics.k8s.io, external.metrics.k8s.io), with any provider.
//
// It makes no decisions and invents no values: a metric that it cannot read is an [engine.Reading] with a Problem, and a pod
// without a sample has no value, not zero.
package source

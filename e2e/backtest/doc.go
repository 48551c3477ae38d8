// Package backtest runs flyball backtest against the real Prometheus.
//
// A simulated HPA scales a Deployment for a week. The test writes what Prometheus would have recorded of the kubelet and
// kube-state-metrics as blocks of its own TSDB, with an outage of two hours. No control plane runs.
package backtest

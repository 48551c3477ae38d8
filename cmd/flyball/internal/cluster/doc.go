// Package cluster reads autoscalers, windows and bundles from the cluster that kubectl's flags and kubeconfig name.
package cluster

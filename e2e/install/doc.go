// Package install puts Flyball onto a local cluster from its Helm chart.
//
// Its single job is to apply what the chart renders and to run the two programs beside the cluster with the arguments
// of the rendered Deployments, under the rendered ServiceAccounts: what differs from a pod is only what a pod's
// surroundings give it, its files, ports and credentials. It never grants a right that the chart does not.
package install

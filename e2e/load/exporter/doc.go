// Package exporter speaks for every pod of a cluster's simulated nodes: one endpoint on loopback that says what their
// kubelets and applications would, and takes the load that each application is to have.
//
// Its single job is to connect the model of package load to a cluster and to HTTP. It never calls a pod, since simulated pods
// have made-up addresses, and it writes nothing to the cluster.
package exporter

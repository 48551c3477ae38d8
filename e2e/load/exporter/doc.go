// Package exporter is one endpoint on loopback for all simulated nodes of a cluster. It exposes the metrics of their
// kubelets and applications, and sets the load of each application.
//
// Its single job is to connect the model of package load to a cluster and to HTTP. It never calls a pod, since simulated pods
// have invented addresses, and it writes nothing to the cluster.
package exporter

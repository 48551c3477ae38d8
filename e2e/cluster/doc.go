// Package cluster runs a real Kubernetes control plane on one machine: etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, KWOK for simulated nodes, and Prometheus.
//
// Its single job is to start these programs on loopback with their certificates and ports, to say when one of them
// dies, and to leave nothing behind. It holds nothing of Flyball; package install puts Flyball onto a Cluster.
package cluster

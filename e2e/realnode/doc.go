// Package realnode adds a real node to a Cluster: containerd and the kubelet of this very machine, running real containers
// under real control groups, so that CPU autoscaling is proven on CPU that was burnt.
//
// Its single job is to start that node, to say how its metrics are scraped, and to leave the machine as it was. The
// daemons run in an enclosure (package enclosure) whose end takes every process and mount with it; the pod
// network lives in a network namespace that ends with them; kernel settings that a kubelet would change are
// shielded from it. Images are made from static Go binaries and loaded from files. The package never downloads
// anything. This machine reaches no pod over the network, unless Options.Connected asks for it: then a pair of interfaces, which the
// kernel removes with the pods' network, connects the two.
package realnode

// Command controlplane is the Kubernetes control plane in one binary: etcd, kube-apiserver, kube-controller-manager
// and kube-scheduler, chosen by the first argument.
//
// Its single job is to run the upstream programs unchanged. One binary shares their compiled packages and is linked
// once, which is what makes a build from nothing bearable. It never changes what a component does: flags,
// defaults and controllers are upstream's own.
package main

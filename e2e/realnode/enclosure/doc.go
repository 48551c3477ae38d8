// Package enclosure runs daemons that litter, such as a container runtime and a kubelet, where the kernel tidies up
// after them.
//
// Its single job is to give a list of programs a process namespace and a mount namespace of their own, and to be the
// first process in there. When that process ends, however it ends, the kernel kills every process that
// was ever started inside, daemon shims and containers included, and drops every mount they made. It does not depend on
// Kubernetes or containers, never restarts a program, and leaves control groups and files to its caller.
package enclosure

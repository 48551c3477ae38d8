// Package load is the model of an application under load: how a load is shared over the pods that are ready, what CPU
// and memory that costs, and what queues when the pods are too few; and the curves that state how
// large the load is. Package sim/load reads recorded traces.
//
// Its single job is arithmetic. It is pure: the time is an argument, and it does no I/O; package exporter connects it to a
// cluster.
package load

// Package queue simulates the queues of batch windows and exposes their metrics. The workers of a queue are the ready pods
// with its label; this package simulates their work.
//
// The model in model.go and the optimum in optimum.go are pure: time is an argument. The server in server.go watches the
// pods of a cluster and serves the metrics of the queues on loopback. It writes nothing to the cluster.
package queue

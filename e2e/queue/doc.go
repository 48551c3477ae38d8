// Package queue is the work of batch windows: queues with items that workers work off, told to Prometheus. The workers are
// the ready pods with the queue's label, whoever made them; on simulated nodes it is this program that does their work.
//
// The model in model.go and the optimum in optimum.go are pure: time is an argument. The server in server.go watches the pods of
// a cluster and serves what the queues would tell, on loopback. It writes nothing to the cluster.
package queue

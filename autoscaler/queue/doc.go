// Package queue has the parts of a controller around client-go's work queues: the handlers that add an object to a queue when
// it changes, and the batch that a worker takes from one.
package queue

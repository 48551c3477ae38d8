// Command pause is the container that holds a pod's namespaces open.
//
// Its single job is to wait for a signal to end. It exists so that the real node needs no image registry.
package main

// Command up is the program of `make up`: it runs a cluster with Flyball and an application under load on this machine. It
// prints the replicas until it is interrupted, then a summary, and leaves nothing behind.
//
// With -down it stops the runs in other terminals instead.
package main

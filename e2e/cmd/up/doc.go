// Command up is what `make up` runs: a whole cluster with Flyball and an application under load on this machine. It
// follows what happens in the terminal until it is interrupted, sums it up, and leaves nothing behind.
//
// With -down it stops those that run in other terminals instead.
package main

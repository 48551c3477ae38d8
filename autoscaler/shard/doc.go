// Package shard divides the autoscalers among several active processes: each shard of them belongs to the process that holds its
// lease.
//
//	member leases ─► alive ─► assign ─► shard leases ─► Hold
//
// A process renews one lease, that of its membership. The lease of a shard only names its holder, and is valid as long as the
// membership of the holder, so the number of writes does not depend on the number of shards. All processes compute the same
// assignment from the members that are alive, take their shards once these are free, and release the others.
//
// At most one process holds a shard: it stops when it has not renewed its membership for [RenewDeadline], and others take its
// shards when they have seen no renewal for [LeaseDuration], which is longer. No clocks are compared.
package shard

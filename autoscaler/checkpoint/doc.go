// Package checkpoint keeps what autoscalers remember across restarts and changes of the leader: recommendations, scale
// events and outages, which are an [engine.State] each.
//
// A [Store] holds the states of all autoscalers in a fixed number of shards, each of which is one ConfigMap. A shard is
// written when something in it has changed, at most once in an interval, soon after a change to a target, and when the
// program ends. So the rate of writes does not depend on the number of autoscalers, and a program that is told to stop
// loses nothing; one that is killed loses at most an interval.
//
// In a shard states are packed (pack.go): instants in milliseconds as differences, and of recommendations with the same
// count the latest only, because none of the others can change a decision.
package checkpoint

// Package checkpoint saves the [engine.State] of every autoscaler, so that a restart or a change of the leader changes no
// decision.
//
// A [Store] holds the states in a fixed number of shards, each of which is one ConfigMap. A shard is written when one of its
// states has changed: at most once per interval, one second after a change to a target, and when the process ends. So the rate
// of writes does not depend on the number of autoscalers. A process that shuts down gracefully loses no state; a process that is
// killed loses at most one interval.
//
// A shard holds states as encoding/gob writes them, compressed (codec.go). The fields of a state are listed in its type only.
// A version that has added fields reads the states of the version before; the new fields are zero, so zero must mean unknown.
package checkpoint

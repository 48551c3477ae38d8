// Package policy compiles an autoscaler's API object into the engine's spec, once per generation: with defaults set, quantities in
// thousandths and cron lines parsed. It rejects unsupported fields by their path and never ignores them. It is pure.
package policy

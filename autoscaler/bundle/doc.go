// Package bundle saves all inputs of one decision as YAML that a person can read, edit and write: the autoscaler's spec, the
// controller's defaults, the former state, the observation, and the time. A bundle replays to the same decision on any machine,
// because package engine has no other inputs.
//
//	Capture ─► Marshal ─► a file ─► Unmarshal ─► Replay
//
// The form has its own types (wire.go), so that a refactoring of the engine's types does not change files that users keep. The
// package is pure: it reads no cluster and no file, and makes no decisions.
package bundle

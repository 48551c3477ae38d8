// Package bundle keeps everything that one decision was made of, in YAML that a person can read, edit and write: the
// autoscaler's spec, the controller's defaults, what was remembered, what was seen, and when. A bundle replays to the
// same decision on any machine, because package engine needs nothing else.
//
//	Capture ─► Marshal ─► a file ─► Unmarshal ─► Replay
//
// The form has its own types (wire.go), so that neither the engine's types nor a refactoring of them shows in a file that
// somebody has kept. It is pure: it reads no cluster and no file, and it decides nothing itself.
package bundle

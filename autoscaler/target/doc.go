// Package target reads and writes the replica counts of scale targets, and reads their pods. It handles many targets per call,
// because the loop works in batches. It makes no decisions: its results are values of package engine, and it writes what the
// engine has decided.
package target

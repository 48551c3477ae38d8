// Package target reads and writes the replica counts of scale targets and knows their pods. It asks for many targets
// at once, because the loop works in batches. It never decides anything: what it reads becomes values of package
// engine, and what it writes was decided there.
package target

// Package lease reports whether this process still holds the lease that permits its writes.
package lease

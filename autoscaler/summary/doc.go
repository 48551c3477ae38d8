// Package summary has the row of an autoscaler in flyball top, made of its last decision or of its status.
package summary

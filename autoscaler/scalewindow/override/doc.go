// Package override computes the writes with which windows override fields of objects that have another owner: the bounds of a
// HorizontalPodAutoscaler, the replicas of an object with a scale subresource, the suspension of a CronJob. A window sets such a
// field while it applies and restores the original value at its end. The original value and the value that was set are stored
// in a record on the object, so that a later process can restore the field after a crash.
//
// Edits of the owner win. A field with another value than the record has been edited: the windows do not change it before their
// next edge, and the edited value is the one to restore. An original value never replaces an edit, and no edit is reverted twice
// within an occurrence, so that a client that applies the same value repeatedly keeps it.
//
// The package is pure. It computes one write at a time. After each write, whether it was sent or not, the next decision is
// correct. Package scalewindow reads and writes the objects.
package override

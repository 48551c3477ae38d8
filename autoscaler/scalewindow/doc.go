// Package scalewindow is the controller of ScaleWindows. It compiles them into a [Set], in which the autoscaler's loop looks up
// the windows of a HorizontalAutoscaler; it writes their statuses; and it overrides fields of targets of other kinds:
// HorizontalPodAutoscalers, CronJobs and objects with a scale subresource.
//
// For targets of other kinds, package override computes each write. This package finds the objects, processes one when a
// window edge passes or the object changes, reads it, writes it, and records events.
//
// A write names the resourceVersion of the object from which it was computed. If the object has changed since, the API server
// rejects the write, and the object is read and processed again. So no write overwrites a change that was not read.
//
// The original values are stored on the objects. When it starts, the controller lists all objects with such a record, whether a
// window still selects them or not.
package scalewindow

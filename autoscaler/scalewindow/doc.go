// Package scalewindow makes ScaleWindows hold for objects that no HorizontalAutoscaler scales: HorizontalPodAutoscalers, CronJobs and
// whatever has a scale. Package override decides each write; this package finds the objects, looks at each when a window's edge
// comes or the object changes, reads it, writes what is decided, and tells people.
//
// A write names the version of the object that the decision was made on. Where the object has changed since, the API server
// refuses it, and the object is read and decided again: nothing is ever written over what was not seen.
//
// It keeps nothing that matters: what to give back stands on the objects themselves. At its start it looks for all that carry
// such a record, whether a window still holds for them or not.
package scalewindow

// Package override decides what windows do to an object that somebody else owns: the bounds of a HorizontalPodAutoscaler, the
// count of what has a scale, a CronJob's suspension. A window borrows such a field: it sets it while it is in force, and at
// its end gives back what was there. What was there stands in a record on the object itself, beside what was set, so that
// any process that comes later, whatever the one before it died of, knows what to give back.
//
// The owner comes first. A field that has another value than the record says was set there has been edited: the edit stays
// until the next edge of a window, and it is what is given back in the end. An original is never put in the place of an edit,
// and an edit never undone twice within an occurrence, so that whoever applies the same value over and over meets no resistance.
//
// The package is pure. It decides one write at a time, each of which leaves the object in a state from which the next
// decision goes on correctly; reading and writing are done in package scalewindow.
package override

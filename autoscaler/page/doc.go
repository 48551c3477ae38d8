// Package page serves the web page of the autoscaler: the list of autoscalers sorted by trouble, and for each its time line, its
// current decision step by step, its samples, what happens next and what blocks it.
//
//	GET /dashboard/                                             the list
//	GET /dashboard/autoscalers/{namespace}/{name}               an autoscaler
//	GET /dashboard/autoscalers/{namespace}/{name}/decisions/{t} a decision, by its time
//	GET /dashboard/events                                       server-sent events: something on a page has changed
//
// It writes nothing. A reader sees the namespaces in which they may list HorizontalAutoscalers. All is rendered here: the script only
// reloads parts of a page and moves in it.
package page

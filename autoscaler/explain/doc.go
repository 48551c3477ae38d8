// Package explain renders an engine.Decision as text: one sentence, steps, conditions, an event, a table column, and a page
// for terminals. All of them have one source, so they cannot disagree. The package is pure and adds no facts of its own.
package explain

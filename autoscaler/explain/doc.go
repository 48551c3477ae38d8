// Package explain gives a decision its words: one sentence, steps, conditions, an event, the short form for tables, a
// page for terminals. All of them are renderings of one engine.Decision, so that they cannot disagree.
//
// It is pure, and it decides nothing: what is not in the decision it does not say.
package explain

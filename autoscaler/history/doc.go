// Package history keeps, for one autoscaler, the figures of its decisions over about an hour and the steps of those that differ from
// the one before. Its memory is bounded: [MaxBytes] for each autoscaler, and less text for each of thousands ([TextBytes]).
//
// A [Timeline] stores differences of whole numbers, about 12 bytes for a decision, in chunks that are used again: it allocates nothing
// once it is full. [Decisions] have text, so only those are stored that a user would ask about.
package history

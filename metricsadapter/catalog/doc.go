// Package catalog keeps the rules in force: it reads them from files and ConfigMaps, looks again for as long as the
// program runs, and swaps the whole set at once when something changed.
//
//	files, ConfigMaps ─► documents (the last good rules of each) ─► one rule.Set, and a report on every rule
//
// A document that breaks keeps its last good rules in force, and a rule that is wrong is left out alone. It never gives a
// set that is half of one and half of another, and it tells each problem once in the log, not each time it looks.
package catalog

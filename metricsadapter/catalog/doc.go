// Package catalog holds the rules in force: it reads them from files and ConfigMaps, reloads them while the program
// runs, and replaces the whole set at once when they change.
//
//	files, ConfigMaps ─► documents (the last valid rules of each) ─► one rule.Set, and a report on every rule
//
// A document that becomes invalid keeps its last valid rules in force, and an invalid rule disables only itself. A set
// never mixes two versions of a document. Each problem is logged once, not at each reload.
package catalog

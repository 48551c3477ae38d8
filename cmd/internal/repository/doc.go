// Package repository tests the documents of the repository against its code: the tables of ARCHITECTURE.md, the modules of
// docs/dependencies.md, and the YAML, rules and queries in docs. It has no code but tests.
package repository

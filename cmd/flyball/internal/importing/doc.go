// Package importing has the command flyball import: it reads and prints what autoscaler/importer converts.
package importing

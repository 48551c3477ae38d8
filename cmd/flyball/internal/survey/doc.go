// Package survey reads what flyball doctor examines: of a cluster in a few lists, or of files.
package survey

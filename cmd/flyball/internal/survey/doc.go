// Package survey reads what flyball doctor examines from files.
package survey

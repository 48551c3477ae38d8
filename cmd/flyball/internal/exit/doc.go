// Package exit has the exit codes of flyball's commands, and the error that chooses between them.
package exit

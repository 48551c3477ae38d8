// Package progress shows the progress of a long command on a terminal.
package progress

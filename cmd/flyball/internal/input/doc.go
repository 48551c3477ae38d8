// Package input reads the files and the standard input of flyball's commands.
package input

// Package tracefile reads recorded loads for commands, and scales them.
package tracefile

// Package rules has the commands flyball rules check and flyball rules explain.
package rules

// Package subcommand makes commands that only have subcommands refuse unknown ones.
package subcommand

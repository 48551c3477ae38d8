// Package output prints the answers of flyball's commands: tables and pages for people, JSON and YAML for programs.
package output

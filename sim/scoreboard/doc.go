// Scoreboard runs every policy over every load that it finds, and writes docs/scoreboard.md with its pictures. It tells how far
// it is, and when it is started again goes on where it was stopped. What it has kept of a policy counts only as long as the
// policy, and the plant, still do the same.
package main

// Package sim has the command flyball sim, which runs policies over a recorded load.
package sim

// Package backtest has the command flyball backtest, which runs policies over the recorded history of a target.
//
//	object ─► subject ─► candidates ─► plan of queries ─► recording ─► sim/backtest ─► report
package backtest

// Package backtest runs policies over the recorded history of a target. The readings of each policy follow from the reconstructed
// loads and from its own ready pods, and its pods start as the recorded ones did.
//
//	History ─► [Replay] ─► Run ─► [Scores], one row for each policy
//	                         └──► [Grade]: the replicas of the policy that ran against those recorded
//
// A backtest grades itself: [Grade] states the error of the replay of the policy that ran, and whether it is low enough to rely on
// the other runs. [Tune] searches settings on the first half of a history and scores them on the second. The package is pure.
package backtest

// Package scoreboard runs policies over loads, metrics, start-up times and seeds, in parallel, adds up their scores, and
// writes docs/scoreboard.md. The same cases give the same rows in the same order.
//
//	loads, policies ─► Grid ─► []Case ─► Run ─► []Row ─► Compare(rows, "hpa") ─► one Comparison per policy
//
// A new policy is a function of its goal:
//
//	loads, absent, err := scoreboard.Recorded(os.DirFS("../shared/traces"))
//	grid := scoreboard.Standard(append(scoreboard.Shapes(), loads...), []scoreboard.Policy{
//		scoreboard.Engine("hpa", peers.HPA),
//		scoreboard.Engine("mine", func(g peers.Goal) *engine.Spec { s := peers.HPA(g); s.Without = 0; return s }),
//	})
//	rows, err := scoreboard.Run(grid.Cases(), func(done, of int, r *scoreboard.Row) { … })
//	fmt.Print(scoreboard.Compare(rows, "hpa"))
//
// Standard has every metric, median start-up times of 10, 30 and 90 seconds, and three seeds. Reduce its fields for a quick
// search. Tune parameters on the loads of [Half](loads, true), and report on the others.
package scoreboard

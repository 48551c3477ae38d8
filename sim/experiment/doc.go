// Package experiment runs many policies over many loads, metrics, start-up times and seeds, on all processors, and adds up
// their scores. The same cases give the same rows, in the same order, whatever finishes first.
//
//	loads, policies ─► Grid ─► []Case ─► Run ─► []Row ─► Against("hpa") ─► one Comparison a policy
//
// A policy that is still being thought about is a function of its goal:
//
//	loads, absent, err := experiment.Recorded(os.DirFS("../shared/traces"))
//	grid := experiment.Standard(append(experiment.Shapes(), loads...), []experiment.Policy{
//		experiment.Engine("hpa", peers.HPA),
//		experiment.Engine("mine", func(g peers.Goal) *engine.Spec { s := peers.HPA(g); s.Without = 0; return s }),
//	})
//	rows, err := experiment.Run(grid.Cases(), func(done, of int, r *experiment.Row) { … })
//	fmt.Print(experiment.Against(rows, "hpa"))
//
// Standard is every metric, pods that start in 10, 30 and 90 seconds, and three seeds; while searching, cut it down by its
// fields. Choose parameters on the loads of [Half](loads, true), and report on the others.
package experiment

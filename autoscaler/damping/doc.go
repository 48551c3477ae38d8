// Package damping recommends a replica count for a load. It can forecast the load to the time when new pods are ready, adds a stock
// for the error of its forecasts, keeps the count within a dead band, and scales in after a hold only. Each rule is in a file with its
// formula, works alone, and has no effect where the [Spec] leaves it out:
//
//	surge_limit.go    a load far above the recent ones counts in part, until it has lasted
//	forecast.go       level and trend of the load, and its forecast
//	safety_stock.go   the error of past forecasts, and the stock for it
//	headroom.go       utilization above the target that is allowed, and square-root staffing
//	full_use.go      the requirement of pods that cannot show a higher load
//	peak_reserve.go   replicas for peaks that no forecast predicts
//	hold.go           dead band and hold
//	plain_hpa.go      the HPA that decides beside damping
//	ready_pods.go     the pods of that HPA that are ready
//	cost_bound.go     pod-seconds compared with a plain HPA, which limit hold, stock and reserve
//	service_bound.go  lateness compared with a plain HPA, which raises the replicas to those of the HPA
//	hunting_guard.go  reversals of the replicas, which widen dead band and hold
//	gain_limit.go     the load of a Value target
//
// [Recommend] in recommend.go applies them in this order. A load is in replicas at their target, so the current count does not change
// it. docs/damping.md has the reasons and the measured effect of each rule.
package damping

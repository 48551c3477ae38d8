// Package damping decides how many replicas a load takes, with care: it looks ahead by the time that new pods take, keeps as
// much in hand as its forecasts have been wrong, stays where it is within a band, and comes down only after a hold. Each part
// is a file with its formula, works alone, and does nothing where the spec leaves it out.
//
//	load ─► doubt ─► filter ─► lead ─► safety ─► headroom ─► peaks ─► need ─► band, hold ─► wish
//	                     shadow ─► cost bound ─┴───────────────┘ hunting guard ─┘
//
// The load is in replicas that would be just at their targets, so that the replicas there are drop out of the loop.
// docs/damping.md has the reasons and what each part is worth.
package damping

package main

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	simbatch "flyball.dev/flyball/sim/batch"
)

// gridMost is the maximum of workers in the nights of the grid.
const gridMost = 600

// gridRow is the result of a policy.
type gridRow struct {
	name                  string
	nights, late, items   int
	finish, hours, peaks  float64
	most                  int32
	changes, alarms, done int
}

func gridRows(nights []simbatch.Config) []gridRow {
	learned := func(wrong float64) func(*simbatch.Config) *engine.Spec {
		return func(c *simbatch.Config) *engine.Spec {
			plan := batch.Spec{Source: batch.Learned, Rate: wrong / 441, Margin: 0.2, LongestItem: time.Hour}
			return c.Batch(gridMost, plan, true)
		}
	}
	each := func(items float64) func(*simbatch.Config) *engine.Spec {
		return func(c *simbatch.Config) *engine.Spec { return c.PerReplica(gridMost, items) }
	}
	fixed := func(n int32) func(*simbatch.Config) *engine.Spec {
		return func(c *simbatch.Config) *engine.Spec { return c.Fixed(n) }
	}
	var rows []gridRow
	for _, p := range []struct {
		name string
		spec func(*simbatch.Config) *engine.Spec
	}{
		{"batch window", learned(1)},
		{"batch, guess half of the throughput", learned(0.5)},
		{"batch, guess twice the throughput", learned(2)},
		{"backlog, 5 each", each(5)},
		{"backlog, 10 each", each(10)},
		{"fixed 250", fixed(250)},
		{"fixed 350", fixed(350)},
	} {
		row := gridRow{name: p.name}
		for i := range nights {
			row.add(&nights[i], simbatch.Run(&nights[i], p.spec(&nights[i]), nil))
		}
		rows = append(rows, row)
	}
	return rows
}

func (g *gridRow) add(c *simbatch.Config, r simbatch.Result) {
	g.nights++
	if r.Late > 0 {
		g.late++
	}
	g.items += r.Late
	if !math.IsInf(r.Finish, 1) {
		g.finish += (r.Finish - c.Opens) / 3600
		g.done++
	}
	g.hours += r.PodSeconds / 3600
	g.peaks += float64(r.Peak)
	g.most = max(g.most, r.Peak)
	g.changes += r.Changes
	if !math.IsInf(r.Warned, 1) {
		g.alarms++
	}
}

package main

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	simbatch "flyball.dev/flyball/sim/batch"
	"flyball.dev/flyball/sim/report"
)

// costs plots the late nights of each policy against its cost.
func (b *batchBoard) costs() (string, error) {
	cloud := report.Scatter{X: "pod-hours / lower bound", Y: "late nights, percent"}
	for i := range b.sums {
		s := &b.sums[i]
		cloud.Sets = append(cloud.Sets, report.Set{
			Name: s.Name, Color: report.PolicyColor(i),
			Points: []report.Point{{X: s.Hours / s.Least, Y: 100 * float64(s.Late) / float64(max(1, s.Nights))}},
		})
	}
	return cloud.SVG()
}

// shown is the seed of the plotted night.
const shown = 1005

// oneNight plots the remaining items and the replicas over one night.
func oneNight() (string, error) {
	n := simbatch.NewRandomNight(shown)
	left := report.Panel{Y: "items left"}
	replicas := report.Panel{Y: "replicas"}
	policies := simbatch.Policies()
	for i, p := range []simbatch.Policy{policies[0], policies[4], policies[6]} {
		queue := report.Line{Name: p.Name, Color: report.PolicyColor(i)}
		count := report.Line{Name: p.Name, Color: report.PolicyColor(i), Steps: true}
		simbatch.Run(&n.Config, p.Spec(&n), func(d *engine.Decision, backlog int) {
			x := d.Time.Sub(n.Begin).Seconds()
			if x > n.Closes+0.2*(n.Closes-n.Opens) {
				return
			}
			if last := len(queue.Points) - 1; last < 0 || x-queue.Points[last].X >= (n.Closes-n.Opens)/200 {
				queue.Points = append(queue.Points, report.Point{X: x, Y: float64(backlog)})
			}
			if last := len(count.Points) - 1; last < 0 || count.Points[last].Y != float64(d.Desired) {
				count.Points = append(count.Points, report.Point{X: x, Y: float64(d.Desired)})
			}
		})
		left.Lines, replicas.Lines = append(left.Lines, queue), append(replicas.Lines, count)
	}
	t := report.Timeline{
		Begin: n.Begin, Length: time.Duration((n.Closes + 0.2*(n.Closes-n.Opens)) * float64(time.Second)),
		Panels: []report.Panel{left, replicas}, Bands: []report.Band{{From: n.Opens, To: n.Closes}}, BandName: "window",
	}
	return t.SVG()
}

package main

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/chart"
	"flyball.dev/flyball/sim/night"
)

// costs are the policies by their share of late nights and what they cost.
func (b *board) costs() (string, error) {
	cloud := chart.Cloud{X: "pod-hours, by the least that anyone could do it for", Y: "nights late, percent of those that could be on time"}
	for i := range b.sums {
		s := &b.sums[i]
		cloud.Sets = append(cloud.Sets, chart.Set{
			Name: s.Name, Colour: chart.Series(i),
			Points: []chart.Point{{X: s.Hours / s.Least, Y: 100 * float64(s.Late) / float64(max(1, s.Nights))}},
		})
	}
	return cloud.SVG()
}

// shown is the seed of the night that is drawn.
const shown = 1005

// oneNight draws what is left, and the replicas, over one night.
func oneNight() (string, error) {
	n := night.NewRandom(shown)
	left := chart.Panel{Y: "items left"}
	replicas := chart.Panel{Y: "replicas"}
	policies := night.Policies()
	for i, p := range []night.Policy{policies[0], policies[4], policies[6]} {
		queue := chart.Line{Name: p.Name, Colour: chart.Series(i)}
		count := chart.Line{Name: p.Name, Colour: chart.Series(i), Steps: true}
		night.Run(&n.Config, p.Spec(&n), func(d *engine.Decision, backlog int) {
			x := d.Time.Sub(n.Begin).Seconds()
			if x > n.Closes+0.2*(n.Closes-n.Opens) {
				return
			}
			if last := len(queue.Points) - 1; last < 0 || x-queue.Points[last].X >= (n.Closes-n.Opens)/200 {
				queue.Points = append(queue.Points, chart.Point{X: x, Y: float64(backlog)})
			}
			if last := len(count.Points) - 1; last < 0 || count.Points[last].Y != float64(d.Desired) {
				count.Points = append(count.Points, chart.Point{X: x, Y: float64(d.Desired)})
			}
		})
		left.Lines, replicas.Lines = append(left.Lines, queue), append(replicas.Lines, count)
	}
	t := chart.Timeline{
		Begin: n.Begin, Length: time.Duration((n.Closes + 0.2*(n.Closes-n.Opens)) * float64(time.Second)),
		Panels: []chart.Panel{left, replicas}, Bands: []chart.Band{{From: n.Opens, To: n.Closes}}, BandName: "window",
	}
	return t.SVG()
}

package backtest

import (
	"fmt"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/sim/backtest"
	simreport "flyball.dev/flyball/sim/report"
)

// answer scores the frontier on the second half, and recommends the cheapest setting that is better on both.
func (t *tuner) answer(r *report) (*tuning, error) {
	a := &tuning{Split: t.second.Begin, Tried: len(t.trials)}
	own := setting{TargetPercent: 100}
	for _, one := range t.trials {
		if one.Name == unchanged {
			a.Current = one
		}
	}
	second, err := t.score(&own, t.second)
	if err != nil {
		return nil, err
	}
	a.Current.SecondHalf = *second
	for _, one := range t.frontier() {
		if second, err = t.score(&one.Setting, t.second); err != nil {
			return nil, err
		}
		one.SecondHalf = *second
		one.Better = better(&one.FirstHalf, &a.Current.FirstHalf) && better(&one.SecondHalf, &a.Current.SecondHalf)
		one.Manifest = manifest(one.Setting.apply(t.policy))
		a.Frontier = append(a.Frontier, one)
		if one.Better && a.Recommended == nil {
			recommended := one
			a.Recommended = &recommended
		}
	}
	switch {
	case r.Grade != nil && !r.Grade.Trusted:
		a.Recommended, a.Reason = nil, "the backtest is not to be trusted"
	case a.Recommended == nil:
		a.Reason = "no setting of the frontier is better than the current one on both halves"
	}
	return a, nil
}

const (
	// lessCost and lessShortage are the shares by which a setting must be better to count as better: less is noise.
	lessCost, lessShortage = 0.02, 0.1
	// leastShortage in minutes that counts.
	leastShortage = 1
)

// better reports whether scores have a lower cost without more shortage, or less shortage without a higher cost.
func better(s, than *backtest.Scores) bool {
	noMoreShortage := s.ShortageMinutes <= than.ShortageMinutes && s.MissingPodMinutes <= than.MissingPodMinutes
	if s.PodHours <= than.PodHours*(1-lessCost) && noMoreShortage {
		return true
	}
	return s.PodHours <= than.PodHours && noMoreShortage && than.ShortageMinutes-s.ShortageMinutes >= max(leastShortage, lessShortage*than.ShortageMinutes)
}

// page is the tuning as text.
func (t *tuning) page() string {
	text := fmt.Sprintf("Tuning: %d settings on the first half, until %s, and the best of them on the second\n", t.Tried, t.Split.UTC().Format(time.RFC3339))
	columns := []string{"SETTING", "SHORTAGE 1ST", "POD-HOURS", "SHORTAGE 2ND", "POD-HOURS", "BETTER ON BOTH"}
	var rows [][]any
	row := func(one *trial, mark string) {
		rows = append(rows, []any{
			one.Name, minutes(one.FirstHalf.ShortageMinutes), fmt.Sprintf("%.1f", one.FirstHalf.PodHours),
			minutes(one.SecondHalf.ShortageMinutes), fmt.Sprintf("%.1f", one.SecondHalf.PodHours), mark,
		})
	}
	row(&t.Current, "current")
	for i := range t.Frontier {
		mark := "no"
		if t.Frontier[i].Better {
			mark = "yes"
		}
		row(&t.Frontier[i], mark)
	}
	return text + output.Table(columns, rows) + t.verdict() + "\n"
}

func (t *tuning) verdict() string {
	if t.Recommended == nil {
		return "Nothing is recommended: " + t.Reason
	}
	return "Recommended: " + t.Recommended.Name
}

// table is the tuning for a page.
func (t *tuning) table() simreport.Table {
	table := simreport.Table{Title: "Tuning", Columns: []simreport.Column{
		{Key: "firstHalf.shortageMinutes", Title: "shortage, first half"},
		{Key: "firstHalf.podHours", Title: "pod-hours, first half"},
		{Key: "secondHalf.shortageMinutes", Title: "shortage, second half"},
		{Key: "secondHalf.podHours", Title: "pod-hours, second half"},
	}}
	row := func(name string, one *trial) {
		var cells []simreport.Cell
		for _, s := range []*backtest.Scores{&one.FirstHalf, &one.SecondHalf} {
			cells = append(cells, simreport.Number(s.ShortageMinutes, minutes(s.ShortageMinutes)), simreport.Number(s.PodHours, fmt.Sprintf("%.1f", s.PodHours)))
		}
		table.Rows = append(table.Rows, simreport.Row{Name: name, Cells: cells})
	}
	row("current", &t.Current)
	for i := range t.Frontier {
		row(t.Frontier[i].Name, &t.Frontier[i])
	}
	return table
}

// plot has the cost and the shortage of the frontier on both halves.
func (t *tuning) plot() *simreport.Scatter {
	first := simreport.Set{Name: "first half", Color: simreport.PolicyColor(0), Joined: true}
	second := simreport.Set{Name: "second half", Color: simreport.PolicyColor(1)}
	for i := range t.Frontier {
		one := &t.Frontier[i]
		first.Points = append(first.Points, simreport.Point{X: one.FirstHalf.PodHours, Y: one.FirstHalf.ShortageMinutes})
		second.Points = append(second.Points, simreport.Point{X: one.SecondHalf.PodHours, Y: one.SecondHalf.ShortageMinutes})
		second.Labels = append(second.Labels, one.Name)
	}
	current := simreport.Set{
		Name: "current, both halves", Color: simreport.ReadyColor, Labels: []string{"current", "current"},
		Points: []simreport.Point{
			{X: t.Current.FirstHalf.PodHours, Y: t.Current.FirstHalf.ShortageMinutes}, {X: t.Current.SecondHalf.PodHours, Y: t.Current.SecondHalf.ShortageMinutes},
		},
	}
	return &simreport.Scatter{X: "pod-hours", Y: "shortage in minutes", Sets: []simreport.Set{first, second, current}}
}

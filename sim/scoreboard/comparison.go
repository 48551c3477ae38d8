package scoreboard

// Sum is the sum of scores over rows.
type Sum struct {
	Seconds, SLOViolationSeconds, PodHours, OptimalPodHours float64
	Changes, Reversals, Flaps                               int
	Churn                                                   int64
}

func (s *Sum) add(r *Row) {
	s.Seconds += r.Seconds
	s.SLOViolationSeconds += r.SLOViolationSeconds
	s.PodHours += r.PodHours
	s.OptimalPodHours += r.OptimalPodHours
	s.Changes += r.Changes
	s.Reversals += r.Reversals
	s.Flaps += r.Flaps
	s.Churn += r.Churn
}

// Worst is the worst load of a policy and its value.
type Worst struct {
	Load  string
	Value float64
}

// Comparison compares a policy with a baseline: sums over all rows, and their ratios to the baseline's.
type Comparison struct {
	Policy string
	Sum
	// The ratios are 1 for the baseline; 0/0 is 1.
	Violation, Cost, Change, Flap float64
	// MostPods is the load with the highest ratio of pod-hours. MostLate is the load with the largest increase of the share of
	// time with an SLO violation.
	MostPods, MostLate Worst
}

// Comparisons of all policies, in their order.
type Comparisons []Comparison

// Compare compares every policy with the baseline. Without rows of the baseline the ratios are 0.
func Compare(rows []Row, baseline string) Comparisons {
	var found Comparisons
	index := map[string]int{}
	byLoad := map[string]map[string]*Sum{}
	var loads []string
	for i := range rows {
		r := &rows[i]
		if _, known := index[r.Policy]; !known {
			index[r.Policy] = len(found)
			found = append(found, Comparison{Policy: r.Policy})
			byLoad[r.Policy] = map[string]*Sum{}
		}
		found[index[r.Policy]].add(r)
		if byLoad[r.Policy][r.Load] == nil {
			byLoad[r.Policy][r.Load] = &Sum{}
			if index[r.Policy] == 0 {
				loads = append(loads, r.Load)
			}
		}
		byLoad[r.Policy][r.Load].add(r)
	}
	base, known := index[baseline]
	if !known {
		return found
	}
	for i := range found {
		found[i].relate(&found[base].Sum)
		for _, l := range loads {
			found[i].worst(l, byLoad[found[i].Policy][l], byLoad[baseline][l])
		}
	}
	return found
}

func (c *Comparison) relate(to *Sum) {
	c.Violation = ratio(c.SLOViolationSeconds, to.SLOViolationSeconds)
	c.Cost = ratio(c.PodHours, to.PodHours)
	c.Change = ratio(float64(c.Changes), float64(to.Changes))
	c.Flap = ratio(float64(c.Flaps), float64(to.Flaps))
}

// worst updates the worst loads. It skips loads without rows of both policies.
func (c *Comparison) worst(name string, own, base *Sum) {
	if own == nil || base == nil {
		return
	}
	if pods := ratio(own.PodHours, base.PodHours); c.MostPods.Load == "" || pods > c.MostPods.Value {
		c.MostPods = Worst{name, pods}
	}
	if late := (own.SLOViolationSeconds - base.SLOViolationSeconds) / max(1, own.Seconds); c.MostLate.Load == "" || late > c.MostLate.Value {
		c.MostLate = Worst{name, late}
	}
}

func ratio(a, b float64) float64 {
	if a == b {
		return 1
	}
	return a / b
}

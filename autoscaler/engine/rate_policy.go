package engine

import "time"

// limitByDoubling is for a spec without behavior: at most twice the replicas in a tick, or four.
func (e *evaluation) limitByDoubling(wish int32) int32 {
	d := e.d
	limit := e.numbers().truncate(max(2*float64(d.Current), 4))
	switch {
	case wish < d.Min:
		return e.limited(e.bound(wish, d.Min, d.MinWindow, ReasonTooFewReplicas))
	case wish > limit && d.Max > limit:
		return e.limited(Step{Kind: StepRatePolicy, From: wish, To: limit, Index: -1, Code: ReasonScaleUpLimit, Limit: limit})
	case wish > d.Max:
		return e.limited(e.bound(wish, d.Max, d.MaxWindow, ReasonTooManyReplicas))
	default:
		return e.unlimited(wish)
	}
}

// limitByPolicies is for a spec with behavior: the rate policies of the direction, and the bound that lies there.
func (e *evaluation) limitByPolicies(wish int32) int32 {
	d := e.d
	switch {
	case wish > d.Current:
		allowed, policy := e.upLimit()
		if limit := max(allowed, d.Current); wish > limit && d.Max > limit {
			return e.limited(e.ratePolicy(&e.spec.Up, policy, Step{From: wish, To: limit, Limit: allowed, Code: ReasonScaleUpLimit}))
		}
		if wish > d.Max {
			return e.limited(e.bound(wish, d.Max, d.MaxWindow, ReasonTooManyReplicas))
		}
	case wish < d.Current:
		allowed, policy := e.downLimit()
		if limit := min(allowed, d.Current); wish < limit && d.Min < limit {
			return e.limited(e.ratePolicy(&e.spec.Down, policy, Step{From: wish, To: limit, Limit: allowed, Code: ReasonScaleDownLimit}))
		}
		if wish < d.Min {
			return e.limited(e.bound(wish, d.Min, d.MinWindow, ReasonTooFewReplicas))
		}
	}
	return e.unlimited(wish)
}

// ratePolicy completes the step of a rate policy with the changes of the policy's period; policy is -1 for none.
func (e *evaluation) ratePolicy(rules *Rules, policy int, s Step) Step {
	s.Kind, s.Index = StepRatePolicy, policy
	if policy >= 0 {
		cutoff := e.now.Add(-rules.Policies[policy].Period)
		s.Added, s.Removed = changesSince(e.state.Ups, cutoff), changesSince(e.state.Downs, cutoff)
	}
	return s
}

func (e *evaluation) limited(s Step) int32 {
	e.d.ScalingLimited = Verdict{Status: True, Reason: s.Code}
	e.step(s)
	return s.To
}

func (e *evaluation) unlimited(wish int32) int32 {
	e.d.ScalingLimited = Verdict{Status: False, Reason: ReasonDesiredWithinRange}
	return wish
}

// upLimit is the most replicas that the rate policies allow now, and the policy that says so; the current count and -1
// where scaling up is disabled.
func (e *evaluation) upLimit() (limit int32, policy int) {
	rules, n := &e.spec.Up, e.numbers()
	limit, policy = e.d.Current, -1
	if rules.Select == SelectDisabled {
		return limit, policy
	}
	for i, p := range rules.Policies {
		start := e.replicasBefore(p.Period)
		allowed := n.narrow(int64(start) + int64(p.Value))
		if p.Percent {
			// Rounded up, or a small target could never grow.
			allowed = n.roundUp(float64(start) * (1 + float64(p.Value)/100))
		}
		if policy < 0 || rules.prefer(allowed > limit, allowed < limit) {
			limit, policy = allowed, i
		}
	}
	return limit, policy
}

// downLimit is the fewest replicas that the rate policies allow now, and the policy that says so; the current count and
// -1 where scaling down is disabled.
func (e *evaluation) downLimit() (limit int32, policy int) {
	rules, n := &e.spec.Down, e.numbers()
	limit, policy = e.d.Current, -1
	if rules.Select == SelectDisabled {
		return limit, policy
	}
	for i, p := range rules.Policies {
		start := e.replicasBefore(p.Period)
		allowed := n.narrow(int64(start) - int64(p.Value))
		if p.Percent {
			// Rounded down, in favour of the larger change here too.
			allowed = n.truncate(float64(start) * (1 - float64(p.Value)/100))
		}
		if policy < 0 || rules.prefer(allowed < limit, allowed > limit) {
			limit, policy = allowed, i
		}
	}
	return limit, policy
}

// prefer says whether a policy replaces the one found so far, by whether it allows a larger or a smaller change.
func (r *Rules) prefer(larger, smaller bool) bool {
	if r.Select == SelectMin {
		return smaller
	}
	return larger
}

// replicasBefore is the count before the changes of the period, as far as they were ours.
func (e *evaluation) replicasBefore(period time.Duration) int32 {
	cutoff := e.now.Add(-period)
	return e.numbers().narrow(int64(e.d.Current) - changesSince(e.state.Ups, cutoff) + changesSince(e.state.Downs, cutoff))
}

func changesSince(events []ScaleEvent, cutoff time.Time) int64 {
	var sum int64
	for _, event := range events {
		if event.Time.After(cutoff) {
			sum += int64(event.Change)
		}
	}
	return sum
}

func (r *Rules) longestPeriod() time.Duration {
	var longest time.Duration
	for _, p := range r.Policies {
		longest = max(longest, p.Period)
	}
	return longest
}

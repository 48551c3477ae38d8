package engine

import "time"

// limitByDoubling is for a spec without behavior: at most twice the replicas in a tick, or four.
func (t *turn) limitByDoubling(wish int32) int32 {
	d := t.d
	limit := t.numbers().truncate(max(2*float64(d.Current), 4))
	switch {
	case wish < d.Min:
		return t.limited(t.bound(wish, d.Min, d.MinWindow, ReasonTooFewReplicas))
	case wish > limit && d.Max > limit:
		return t.limited(Step{Kind: StepRatePolicy, From: wish, To: limit, Index: -1, Code: ReasonScaleUpLimit, Limit: limit})
	case wish > d.Max:
		return t.limited(t.bound(wish, d.Max, d.MaxWindow, ReasonTooManyReplicas))
	default:
		return t.unlimited(wish)
	}
}

// limitByPolicies is for a spec with behavior: the rate policies of the direction, and the bound that lies there.
func (t *turn) limitByPolicies(wish int32) int32 {
	d := t.d
	switch {
	case wish > d.Current:
		allowed, policy := t.upLimit()
		if limit := max(allowed, d.Current); wish > limit && d.Max > limit {
			return t.limited(t.ratePolicy(&t.spec.Up, policy, Step{From: wish, To: limit, Limit: allowed, Code: ReasonScaleUpLimit}))
		}
		if wish > d.Max {
			return t.limited(t.bound(wish, d.Max, d.MaxWindow, ReasonTooManyReplicas))
		}
	case wish < d.Current:
		allowed, policy := t.downLimit()
		if limit := min(allowed, d.Current); wish < limit && d.Min < limit {
			return t.limited(t.ratePolicy(&t.spec.Down, policy, Step{From: wish, To: limit, Limit: allowed, Code: ReasonScaleDownLimit}))
		}
		if wish < d.Min {
			return t.limited(t.bound(wish, d.Min, d.MinWindow, ReasonTooFewReplicas))
		}
	}
	return t.unlimited(wish)
}

// ratePolicy completes the step of a rate policy with the changes of the policy's period; policy is -1 for none.
func (t *turn) ratePolicy(rules *Rules, policy int, s Step) Step {
	s.Kind, s.Index = StepRatePolicy, policy
	if policy >= 0 {
		cutoff := t.now.Add(-rules.Policies[policy].Period)
		s.Added, s.Removed = changesSince(t.state.Ups, cutoff), changesSince(t.state.Downs, cutoff)
	}
	return s
}

func (t *turn) limited(s Step) int32 {
	t.d.ScalingLimited = Verdict{Status: True, Reason: s.Code}
	t.step(s)
	return s.To
}

func (t *turn) unlimited(wish int32) int32 {
	t.d.ScalingLimited = Verdict{Status: False, Reason: ReasonDesiredWithinRange}
	return wish
}

// upLimit is the most replicas that the rate policies allow now, and the policy that says so; the current count and -1
// where scaling up is disabled.
func (t *turn) upLimit() (limit int32, policy int) {
	rules, n := &t.spec.Up, t.numbers()
	limit, policy = t.d.Current, -1
	if rules.Select == SelectDisabled {
		return limit, policy
	}
	for i, p := range rules.Policies {
		start := t.replicasBefore(p.Period)
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
func (t *turn) downLimit() (limit int32, policy int) {
	rules, n := &t.spec.Down, t.numbers()
	limit, policy = t.d.Current, -1
	if rules.Select == SelectDisabled {
		return limit, policy
	}
	for i, p := range rules.Policies {
		start := t.replicasBefore(p.Period)
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
func (t *turn) replicasBefore(period time.Duration) int32 {
	cutoff := t.now.Add(-period)
	return t.numbers().narrow(int64(t.d.Current) - changesSince(t.state.Ups, cutoff) + changesSince(t.state.Downs, cutoff))
}

func changesSince(events []ScaleEvent, cutoff time.Time) int64 {
	var sum int64
	for _, event := range events {
		if event.At.After(cutoff) {
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

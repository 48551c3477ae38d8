package engine

import "time"

// limitRate returns replicas, or the count that the rate limit of the direction allows, where that lies within the bounds.
func (e *evaluation) limitRate(replicas int32) int32 {
	e.d.ScalingLimited = Verdict{Status: False, Reason: ReasonDesiredWithinRange}
	switch {
	case !e.spec.HasBehavior:
		return e.limitScaleUp(replicas)
	case replicas > e.d.Current:
		return e.limitByUpPolicies(replicas)
	case replicas < e.d.Current:
		return e.limitByDownPolicies(replicas)
	default:
		return replicas
	}
}

// limitScaleUp is upstream's limit without a behavior: twice the current count, or 4 where that is more, per sync. Upstream
// compares with the lower bound first, so a count below it is not limited.
func (e *evaluation) limitScaleUp(replicas int32) int32 {
	d := e.d
	limit := e.numbers().truncate(max(2*float64(d.Current), 4))
	if replicas < d.Min || replicas <= limit || d.Max <= limit {
		return replicas
	}
	return e.limited(Step{Kind: StepRatePolicy, From: replicas, To: limit, Index: -1, Code: ReasonScaleUpLimit, Limit: limit})
}

// limitByUpPolicies applies the rate policies of scale-up. The policies never lower the current count.
func (e *evaluation) limitByUpPolicies(replicas int32) int32 {
	allowed, policy := e.upLimit()
	limit := max(allowed, e.d.Current)
	if replicas <= limit || e.d.Max <= limit {
		return replicas
	}
	return e.limited(e.ratePolicy(&e.spec.Up, policy, Step{From: replicas, To: limit, Limit: allowed, Code: ReasonScaleUpLimit}))
}

// limitByDownPolicies applies the rate policies of scale-down. The policies never raise the current count.
func (e *evaluation) limitByDownPolicies(replicas int32) int32 {
	allowed, policy := e.downLimit()
	limit := min(allowed, e.d.Current)
	if replicas >= limit || e.d.Min >= limit {
		return replicas
	}
	return e.limited(e.ratePolicy(&e.spec.Down, policy, Step{From: replicas, To: limit, Limit: allowed, Code: ReasonScaleDownLimit}))
}

// ratePolicy completes the step of a rate policy with the changes within its period. policy is the index of the policy, or -1
// where the direction is disabled.
func (e *evaluation) ratePolicy(rules *Rules, policy int, s Step) Step {
	s.Kind, s.Index = StepRatePolicy, policy
	if policy >= 0 {
		cutoff := e.now.Add(-rules.Policies[policy].Period)
		s.Added, s.Removed = changesSince(e.state.Ups, cutoff), changesSince(e.state.Downs, cutoff)
	}
	return s
}

// upLimit returns the highest count that the rate policies of scale-up allow, and the index of the policy that sets it; the
// current count and -1 where scale-up is disabled.
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
			// Upstream rounds up, because a small target could not grow otherwise.
			allowed = n.roundUp(float64(start) * (1 + float64(p.Value)/100))
		}
		if policy < 0 || rules.prefer(allowed > limit, allowed < limit) {
			limit, policy = allowed, i
		}
	}
	return limit, policy
}

// downLimit returns the lowest count that the rate policies of scale-down allow, and the index of the policy that sets it; the
// current count and -1 where scale-down is disabled.
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
			// Upstream rounds down, which allows the larger change.
			allowed = n.truncate(float64(start) * (1 - float64(p.Value)/100))
		}
		if policy < 0 || rules.prefer(allowed < limit, allowed > limit) {
			limit, policy = allowed, i
		}
	}
	return limit, policy
}

// prefer reports whether a policy replaces the one selected so far, given whether it allows a larger or a smaller change.
func (r *Rules) prefer(larger, smaller bool) bool {
	if r.Select == SelectMin {
		return smaller
	}
	return larger
}

// replicasBefore returns the count before the changes that the autoscaler made within the period.
func (e *evaluation) replicasBefore(period time.Duration) int32 {
	cutoff := e.now.Add(-period)
	return e.numbers().narrow(int64(e.d.Current) - changesSince(e.state.Ups, cutoff) + changesSince(e.state.Downs, cutoff))
}

// changesSince returns the sum of the changes after cutoff, in replicas.
func changesSince(events []ScaleEvent, cutoff time.Time) int64 {
	var sum int64
	for _, event := range events {
		if event.Time.After(cutoff) {
			sum += int64(event.Change)
		}
	}
	return sum
}

// longestPeriod returns the longest period of the rate policies; 0 without policies.
func (r *Rules) longestPeriod() time.Duration {
	var longest time.Duration
	for _, p := range r.Policies {
		longest = max(longest, p.Period)
	}
	return longest
}

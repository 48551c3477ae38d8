package scoreboard

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// clairvoyant is a load that is known in advance, step by step, as a clairvoyant autoscaler would plan for it.
type clairvoyant struct {
	// step is the length of a step, in seconds, and start the start-up time of a pod, in steps.
	step  float64
	start int
	// needed are the ready pods of each step without which its work is late; unscored for a step that is not scored.
	needed []int32
	// least and most bound the ready pods. first are those at the beginning, which have started.
	least, most, first int32
}

const unscored = -1

// newClairvoyant returns the load of a case, with the start-up time of half of its pods.
func newClairvoyant(c *Case) *clairvoyant {
	offered, first := c.offered()
	v := &clairvoyant{
		step: c.Plant.Step.Seconds(), start: int((c.Plant.Pod.Start.Median + c.Plant.Step - 1) / c.Plant.Step),
		least: c.Goal.Min, most: c.Goal.Max, first: first,
	}
	needed := 0
	for elapsed := time.Duration(0); elapsed < c.Load.Length; elapsed += c.Plant.Step {
		rate, known := offered.At(elapsed)
		if !known {
			v.needed = append(v.needed, unscored)
			continue
		}
		needed = c.Plant.OnTime(rate, needed)
		v.needed = append(v.needed, int32(needed))
	}
	return v
}

// lowest returns the lowest sum of pod-seconds and late seconds, each of which costs price pod-seconds, of all plans of ready pods. A pod
// costs from its start on, which is in the run, and a scale-in costs nothing:
//
//	sum(n, t) = min over m of sum(m, t − 1) + start·max(0, n − m), + n·step + price·step where n is less than needed
//
// It is a lower bound for every policy, whose work can also be late because of an earlier step.
func (v *clairvoyant) lowest(price float64) float64 {
	most := v.first
	for _, n := range v.needed {
		most = max(most, min(n, v.most))
	}
	sums := make([]float64, most-v.least+1) // by the ready pods above least
	for i := range sums {
		if int32(i)+v.least > v.first {
			sums[i] = math.Inf(1)
		}
	}
	starting := 0 // scored steps within the start-up time before this step
	for t, needed := range v.needed {
		raise := math.Inf(1)
		if t >= v.start {
			raise = float64(starting) * v.step
		}
		v.advance(sums, raise, needed, price)
		if needed != unscored {
			starting++
		}
		if t >= v.start && v.needed[t-v.start] != unscored {
			starting--
		}
	}
	return minimum(sums)
}

// advance replaces the lowest sums by those after a step, at whose beginning pods become ready, for raise each, or end.
func (v *clairvoyant) advance(sums []float64, raise float64, needed int32, price float64) {
	for i := 1; i < len(sums); i++ {
		sums[i] = min(sums[i], sums[i-1]+raise)
	}
	for i := len(sums) - 2; i >= 0; i-- {
		sums[i] = min(sums[i], sums[i+1])
	}
	if needed == unscored {
		return
	}
	for i := range sums {
		n := int32(i) + v.least
		if sums[i] += float64(n) * v.step; n < needed {
			sums[i] += price * v.step
		}
	}
}

func minimum(values []float64) float64 {
	lowest := math.Inf(1)
	for _, value := range values {
		lowest = min(lowest, value)
	}
	return lowest
}

// optimum are the lowest sums of a clairvoyant at several prices of lateness. Each price gives a line that no policy is below in a plot of
// late seconds against pod-seconds, so the highest line is a bound for both (weak duality).
type optimum struct{ prices, sums []float64 }

// The prices of a late second are 0 and the powers of 2 from 1 to highestPrice, in pod-seconds.
const highestPrice = 4096

func (v *clairvoyant) optimum() optimum {
	o := optimum{[]float64{0}, []float64{v.lowest(0)}}
	for price := 1.0; price <= highestPrice; price *= 2 {
		o.prices, o.sums = append(o.prices, price), append(o.sums, v.lowest(price))
	}
	return o
}

// leastLate returns the least seconds for which a policy with these pod-seconds is late.
func (o *optimum) leastLate(podSeconds float64) (seconds float64) {
	for i, price := range o.prices {
		if price > 0 {
			seconds = max(seconds, (o.sums[i]-podSeconds)/price)
		}
	}
	return seconds
}

// leastPodSeconds returns the least pod-seconds of a policy that is late for these seconds.
func (o *optimum) leastPodSeconds(late float64) (podSeconds float64) {
	for i, price := range o.prices {
		podSeconds = max(podSeconds, o.sums[i]-price*late)
	}
	return podSeconds
}

// Optima are the optima of loads, with the start-up times and seeds of their runs.
type Optima map[optimumKey]optimum

type optimumKey struct {
	load  string
	start time.Duration
	seed  uint64
}

// add adds the optima of the cases. They do not depend on policy and metric.
func (o Optima) add(cases []Case) {
	for i := range cases {
		c := &cases[i]
		key := optimumKey{c.Load.Name, c.Plant.Pod.Start.Median, c.Seed}
		if _, known := o[key]; !known {
			o[key] = newClairvoyant(c).optimum()
		}
	}
}

// table writes what a clairvoyant reaches with the pods of each policy, and with its SLO violation, and the shares of the gain between the
// baseline and the clairvoyant that the policy reaches.
func (o Optima) table(p *strings.Builder, rows []Row) {
	if len(o) == 0 {
		return
	}
	p.WriteString("\n| policy | SLO violation of a clairvoyant with as many pod-hours | reached | pod-hours of a clairvoyant as late | reached |\n|---|---|---|---|---|\n")
	all := Compare(rows, baseline)
	for i := range all {
		c, late, podHours := &all[i], 0.0, 0.0
		for j := range rows {
			if r := &rows[j]; r.Policy == c.Policy {
				best := o[optimumKey{r.Load, r.Start, r.Seed}]
				late += best.leastLate(3600 * r.PodHours)
				podHours += best.leastPodSeconds(r.SLOViolationSeconds) / 3600
			}
		}
		base := &all[0]
		fmt.Fprintf(p, "| `%s` | ×%.3f | %s | ×%.3f | %s |\n", c.Policy, ratio(late, base.SLOViolationSeconds),
			share(base.SLOViolationSeconds-c.SLOViolationSeconds, base.SLOViolationSeconds-late),
			ratio(podHours, base.PodHours), share(base.PodHours-c.PodHours, base.PodHours-podHours))
	}
}

// share formats the part of a possible gain that is reached.
func share(reached, possible float64) string {
	if possible <= 0 {
		return "none is possible"
	}
	return fmt.Sprintf("%.0f %%", 100*reached/possible)
}

package shadow

import (
	"slices"
	"time"
)

// maxHistory bounds the samples within the allowance for timing. More than these are decided only if new samples of metrics wake
// the autoscaler several times a second; the oldest are dropped then, so that a difference begins earlier.
const maxHistory = 32

// Sample is one decision beside the replicas of the target.
type Sample struct {
	Time time.Time
	// Ours is the decided count, and Others that of the target.
	Ours, Others int32
	// Required is the highest proposal of the metrics and batches, where Known: the replicas at which the metrics are at their targets.
	Required int32
	Known    bool
}

// Use is what a controller costs.
type Use struct {
	// PodSeconds is the integral of its replicas, and ShortPodSeconds that of the required replicas beyond them, while these are known.
	PodSeconds, ShortPodSeconds float64
	// Short is the time with fewer replicas than required.
	Short time.Duration
}

// Cause is the part of a policy that explains differences.
type Cause struct {
	Name string
	// Differences is the number of differences that began with this cause, and Time their total duration.
	Differences int64
	Time        time.Duration
	// PodSeconds is the integral of our count minus others, and Largest the greatest distance, negative where ours was lower.
	PodSeconds float64
	Largest    int32
}

// Comparison is the comparison since a time. The zero Comparison has no samples.
type Comparison struct {
	Since time.Time
	// Observed is the compared time, without gaps in which nothing was decided. Agreed is the part in which both agreed, timing
	// allowed for, and Known that in which the required replicas are known.
	Observed, Agreed, Known time.Duration
	Ours, Others            Use
	// Differences is the number of times that both began to differ. Causes explain them, in the order of their first appearance.
	Differences int64
	Causes      []Cause
	// Last is the newest sample in which they differed, and LastCause its cause; the zero values without one.
	Last      Sample
	LastCause string

	// history has the samples within the allowance, oldest first; the last one is the current one.
	history   []Sample
	differing bool
}

// Observe adds a sample. Two counts agree where one of them equals, or lies between, counts that the other had within the allowance:
// controllers decide at different times, by samples of different ages, and one follows the other. A time between samples above the gap is
// not compared. cause names the part that explains a difference; it is called only for one that is new or has changed.
func (c *Comparison) Observe(s Sample, allowance, gap time.Duration, cause func() string) {
	if c.Since.IsZero() {
		c.Since = s.Time
	}
	before, found := c.current()
	passed := s.Time.Sub(before.Time)
	if !found || passed <= 0 || passed > gap {
		c.history, c.differing = append(c.history[:0], s), false
		return
	}
	c.charge(before, passed)
	if c.agreed(before.Time, allowance) {
		c.Agreed, c.differing = c.Agreed+passed, false
	} else {
		c.differ(before, passed, cause)
	}
	c.add(s, s.Time.Add(-allowance))
}

func (c *Comparison) current() (s Sample, found bool) {
	if len(c.history) == 0 {
		return s, false
	}
	return c.history[len(c.history)-1], true
}

// charge adds the time since a sample to what both cost.
func (c *Comparison) charge(s Sample, passed time.Duration) {
	c.Observed += passed
	c.Ours.PodSeconds += float64(s.Ours) * passed.Seconds()
	c.Others.PodSeconds += float64(s.Others) * passed.Seconds()
	if !s.Known {
		return
	}
	c.Known += passed
	c.Ours.fallShort(s.Required-s.Ours, passed)
	c.Others.fallShort(s.Required-s.Others, passed)
}

func (u *Use) fallShort(missing int32, passed time.Duration) {
	if missing > 0 {
		u.ShortPodSeconds += float64(missing) * passed.Seconds()
		u.Short += passed
	}
}

// agreed reports whether a current count is within those of the other side in the allowance before now.
func (c *Comparison) agreed(now time.Time, allowance time.Duration) bool {
	current, _ := c.current()
	ours, others := span{current.Ours, current.Ours}, span{current.Others, current.Others}
	for i, s := range c.history {
		// A sample holds until the next one.
		if i+1 < len(c.history) && now.Sub(c.history[i+1].Time) >= allowance {
			continue
		}
		ours.include(s.Ours)
		others.include(s.Others)
	}
	return ours.contains(current.Others) || others.contains(current.Ours)
}

type span struct{ least, most int32 }

func (s *span) include(n int32) { s.least, s.most = min(s.least, n), max(s.most, n) }

func (s *span) contains(n int32) bool { return s.least <= n && n <= s.most }

// differ adds a time of difference to its cause.
func (c *Comparison) differ(s Sample, passed time.Duration, cause func() string) {
	begins := !c.differing
	if begins || s.Ours != c.Last.Ours || s.Others != c.Last.Others {
		c.LastCause = cause()
	}
	c.differing, c.Last = true, s
	i := slices.IndexFunc(c.Causes, func(known Cause) bool { return known.Name == c.LastCause })
	if i < 0 {
		i = len(c.Causes)
		c.Causes = append(c.Causes, Cause{Name: c.LastCause})
	}
	of, distance := &c.Causes[i], s.Ours-s.Others
	if begins {
		c.Differences++
		of.Differences++
	}
	of.Time += passed
	of.PodSeconds += float64(distance) * passed.Seconds()
	if max(distance, -distance) > max(of.Largest, -of.Largest) {
		of.Largest = distance
	}
}

// add appends a sample, and drops those that were replaced before start.
func (c *Comparison) add(s Sample, start time.Time) {
	drop := 0
	for drop+1 < len(c.history) && !c.history[drop+1].Time.After(start) {
		drop++
	}
	if len(c.history)-drop >= maxHistory {
		drop++
	}
	c.history = append(slices.Delete(c.history, 0, drop), s)
}

// Current is the newest sample, and Differs whether it is part of a difference.
func (c *Comparison) Current() (s Sample, differs bool) {
	s, _ = c.current()
	return s, c.differing
}

// Copy makes c a copy of from that shares no memory with it, in the memory of c.
func (c *Comparison) Copy(from *Comparison) {
	into := *c
	*c = *from
	c.Causes = append(into.Causes[:0], from.Causes...)
	c.history = append(into.history[:0], from.history...)
}

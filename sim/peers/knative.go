package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Knative is the algorithm of Knative's own autoscaler: an average over a stable window and, when work comes twice as fast as
// the ready pods are meant for, one over a short panic window, during which it never scales in. Of CPU it knows nothing, and
// leaves it to autoscaling/v2. https://knative.dev/docs/serving/autoscaling/kpa-specific
type Knative struct {
	own
	// Stable and Panic are the windows; Threshold is how many times the ready pods a wish must be for panic.
	Stable, Panic time.Duration
	Threshold     float64
	// UpRate and DownRate are the most that the ready pods are multiplied or divided by at once.
	UpRate, DownRate float64

	seen     []loadAt
	panicked time.Time // when it was last above the threshold; zero outside of panic
	most     int32     // wished for in this panic
}

type loadAt struct {
	at   time.Time
	load float64
}

// NewKnative has the project's defaults.
func NewKnative(g Goal) *Knative {
	return &Knative{own: newOwn(g), Stable: time.Minute, Panic: 6 * time.Second, Threshold: 2, UpRate: 1000, DownRate: 2}
}

// Decide is part of the simulator's policies.
func (k *Knative) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	l := k.goal.look(seen)
	if l.known {
		k.seen = append(k.seen, loadAt{now, l.load})
	}
	for len(k.seen) > 0 && now.Sub(k.seen[0].at) >= k.Stable {
		k.seen = append(k.seen[:0], k.seen[1:]...) // so that no memory is left behind
	}
	if len(k.seen) == 0 {
		return k.decide(l, l.replicas, now)
	}
	return k.decide(l, k.wish(k.average(now, k.Stable), k.average(now, k.Panic), l.ready, now), now)
}

func (k *Knative) average(now time.Time, over time.Duration) float64 {
	sum, n := 0.0, 0
	for i := len(k.seen) - 1; i >= 0 && (n == 0 || now.Sub(k.seen[i].at) < over); i-- {
		sum += k.seen[i].load
		n++
	}
	return sum / float64(n)
}

// wish is what two averages of the load come to, in pods.
func (k *Knative) wish(stable, panicking float64, ready int32, now time.Time) int32 {
	pods := float64(max(1, ready))
	least, most := down(pods/k.DownRate), up(pods*k.UpRate)
	calm := max(least, min(most, up(stable)))
	hasty := max(least, min(most, up(panicking)))
	switch {
	case float64(up(panicking)) >= k.Threshold*pods:
		k.panicked = now
	case now.Sub(k.panicked) > k.Stable:
		k.panicked, k.most = time.Time{}, 0
	}
	if k.panicked.IsZero() {
		return calm
	}
	k.most = max(k.most, calm, hasty)
	return k.most
}

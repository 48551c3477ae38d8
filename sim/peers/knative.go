package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Knative is the algorithm of Knative's autoscaler. It averages the load over a stable window. When the load is twice the
// target of the ready pods, it averages over a short panic window and does not scale in. It leaves CPU to autoscaling/v2. https://knative.dev/docs/serving/autoscaling/kpa-specific
type Knative struct {
	base
	// Stable and Panic are the windows; Threshold is the ratio of recommended to ready pods that starts panic.
	Stable, Panic time.Duration
	Threshold     float64
	// UpRate and DownRate are the maximum factors by which one decision multiplies or divides the ready pods.
	UpRate, DownRate float64

	loads    []loadAt
	panicked time.Time // last time above the threshold; zero outside of panic
	most     int32     // highest recommendation in this panic
}

type loadAt struct {
	time time.Time
	load float64
}

// NewKnative returns the project's defaults.
func NewKnative(g Goal) *Knative {
	return &Knative{base: newBase(g), Stable: time.Minute, Panic: 6 * time.Second, Threshold: 2, UpRate: 1000, DownRate: 2}
}

// Decide implements [sim.Policy].
func (k *Knative) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	l := k.goal.measure(o)
	if l.known {
		k.loads = append(k.loads, loadAt{now, l.load})
	}
	for len(k.loads) > 0 && now.Sub(k.loads[0].time) >= k.Stable {
		k.loads = append(k.loads[:0], k.loads[1:]...) // reuses the memory
	}
	if len(k.loads) == 0 {
		return k.decide(l, l.replicas, now)
	}
	return k.decide(l, k.recommend(k.average(now, k.Stable), k.average(now, k.Panic), l.ready, now), now)
}

func (k *Knative) average(now time.Time, over time.Duration) float64 {
	sum, n := 0.0, 0
	for i := len(k.loads) - 1; i >= 0 && (n == 0 || now.Sub(k.loads[i].time) < over); i-- {
		sum += k.loads[i].load
		n++
	}
	return sum / float64(n)
}

// recommend returns the pods for two averages of the load.
func (k *Knative) recommend(stable, panicking float64, ready int32, now time.Time) int32 {
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

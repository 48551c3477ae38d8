package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// TestOneSampleJustifiesOneScaleIn runs random loads, outages, rate policies, changes by users and crashes with random metrics: no
// decision scales in below the requirement of the load at the last sample, however often that sample is read.
func TestOneSampleJustifiesOneScaleIn(t *testing.T) {
	var scaledIn, stale, played int
	for seed := uint64(0); played < *decisions; seed++ {
		w := newFrozenWorld(seed)
		for range 200 {
			played++
			d, older := w.tick()
			if d.Desired < d.Current {
				scaledIn++
			}
			if older {
				stale++
			}
			if problem := w.belowNeed(&d, older); problem != "" {
				t.Fatalf("seed %d: %s\n%+v\n%+v\nserving %v\nload %v", seed, problem, d, w.state, w.serving, w.load)
			}
		}
	}
	t.Logf("%d decisions: %d scale-ins, %d by samples read before", played, scaledIn, stale)
	if scaledIn < 1000 || stale < 1000 {
		t.Errorf("%d scale-ins and %d decisions by samples read before: too few to show anything", scaledIn, stale)
	}
}

// change is a count or a load from a time on.
type change struct {
	start time.Time
	value float64
}

// frozenWorld is a load that ready pods share, and a source that has no newer samples for some times.
type frozenWorld struct {
	*rand.Rand
	spec     *engine.Spec
	state    engine.State
	now      time.Time
	period   time.Duration
	replicas int32
	pods     []frozenPod
	load     []change // in replicas at their target
	serving  []change
	window   time.Duration
	noise    time.Duration // by which the pods' scrapes differ
	until    time.Time     // of the outage
	sampled  time.Time     // up to when samples were taken
	value    int64
	newestAt time.Time // time of the newest sample of the last decision
	nextPod  int
	shares   map[time.Time]int64 // of this tick
}

type frozenPod struct {
	engine.Pod
	readyAt, goneAt time.Time
	sample          engine.Sample
}

func newFrozenWorld(seed uint64) *frozenWorld {
	r := rand.New(rand.NewPCG(seed, 11))
	s := spec(frozenMetrics[r.IntN(len(frozenMetrics))])
	s.MinReplicas, s.MaxReplicas, s.HasBehavior = 1, 60, r.IntN(3) > 0
	s.Down.Stabilization, s.Down.Tolerance, s.Up.Tolerance = 0, 0.1*r.Float64(), 0.1*r.Float64()
	if s.HasBehavior {
		s.Up.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
		s.Down.Policies = []engine.RatePolicy{{Percent: r.IntN(2) == 0, Value: 1 + r.Int32N(100), Period: time.Duration(1+r.IntN(120)) * time.Second}}
	}
	if r.IntN(3) == 0 {
		s.Damping = &damping.Spec{Headroom: 1 + r.Float64()/2, Staffing: r.Float64(), ForecastHorizon: time.Duration(r.IntN(300)) * time.Second}
	}
	w := &frozenWorld{
		Rand: r, spec: s, now: noon, period: time.Duration(5+r.IntN(4)*5) * time.Second, replicas: 10 + r.Int32N(30),
		window: time.Duration(r.IntN(3)) * 30 * time.Second, noise: time.Duration(r.IntN(3)) * 5 * time.Second,
	}
	for range w.replicas {
		w.create(noon.Add(-time.Hour))
	}
	w.load = []change{{noon.Add(-time.Hour), float64(w.replicas) * (0.3 + 0.7*r.Float64())}}
	w.serving = []change{{noon.Add(-time.Hour), float64(w.replicas)}}
	w.sampled = noon.Add(-time.Hour)
	return w
}

var frozenMetrics = []engine.Metric{
	{Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 1_000_000, MaxAge: 2 * time.Minute},
	{Type: engine.Resource, Name: "memory", TargetType: engine.AverageValue, Target: 1_000_000, MaxAge: 2 * time.Minute},
	{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80},
	{Type: engine.Object, Name: "busy", TargetType: engine.Value, Target: 1_000_000},
	{Type: engine.Prometheus, Query: "busy", TargetType: engine.Value, Target: 1_000_000, MaxAge: 5 * time.Minute},
	{Type: engine.External, Name: "rps", TargetType: engine.AverageValue, Target: 1_000_000},
}

func (w *frozenWorld) create(ready time.Time) {
	w.nextPod++
	w.pods = append(w.pods, frozenPod{
		Pod:     engine.Pod{Name: fmt.Sprint("p", w.nextPod), Phase: engine.Running, Readiness: engine.NotReady, Started: w.now, ReadySince: w.now},
		readyAt: ready,
	})
	if !ready.After(w.now) {
		w.become(&w.pods[len(w.pods)-1], ready)
	}
}

func (w *frozenWorld) become(p *frozenPod, start time.Time) {
	p.Readiness, p.ReadySince, p.Started = engine.Ready, start, start.Add(-10*time.Second)
}

// countAt returns the value of a history at a time.
func countAt(history []change, instant time.Time) float64 {
	for i := len(history) - 1; i > 0; i-- {
		if !history[i].start.After(instant) {
			return history[i].value
		}
	}
	return history[0].value
}

// tick advances by a period and decides. older reports that no sample is newer than at the last decision.
func (w *frozenWorld) tick() (d engine.Decision, older bool) {
	end := w.now.Add(w.period)
	w.scaleByHand()
	for w.now.Before(end) {
		w.second()
	}
	before := w.newestAt
	seen := w.observe()
	d, w.state = engine.Decide(w.spec, w.state, seen, w.now)
	older = !w.newest(seen).After(before)
	w.newestAt = w.newest(seen)
	if d.Desired != d.Current {
		w.state = engine.RecordScale(w.state, &d, w.now)
		w.replicas = d.Desired
		w.reconcile(time.Duration(w.IntN(1000)) * time.Millisecond)
	}
	return d, older
}

func (w *frozenWorld) scaleByHand() {
	if w.IntN(40) == 0 {
		w.replicas = max(1, min(60, w.replicas+w.Int32N(21)-10))
		w.reconcile(0)
	}
}

// reconcile creates or removes pods, the youngest first, within a delay.
func (w *frozenWorld) reconcile(delay time.Duration) {
	there := int32(0)
	for i := range w.pods {
		if w.pods[i].goneAt.IsZero() {
			there++
		}
	}
	for ; there < w.replicas; there++ {
		w.create(w.now.Add(time.Duration(3+w.IntN(60)) * time.Second))
	}
	for i := len(w.pods) - 1; i >= 0 && there > w.replicas; i-- {
		if w.pods[i].goneAt.IsZero() {
			w.pods[i].goneAt = w.now.Add(delay)
			there--
		}
	}
}

// second advances by a second.
func (w *frozenWorld) second() {
	w.now = w.now.Add(time.Second)
	kept, serving, crashes := w.pods[:0], 0, -1
	if w.IntN(1000) == 0 && len(w.pods) > 0 {
		crashes = w.IntN(len(w.pods))
	}
	for i := range w.pods {
		p := &w.pods[i]
		if !p.goneAt.IsZero() && !p.goneAt.After(w.now) {
			continue
		}
		if p.Readiness != engine.Ready && !p.readyAt.After(w.now) {
			w.become(p, w.now)
		}
		// It crashes, but not in the period in which it became ready: otherwise no observation would have shown it ready.
		if i == crashes && p.Readiness == engine.Ready && w.now.Sub(p.ReadySince) > w.period {
			p.Readiness, p.ReadySince, p.readyAt = engine.NotReady, w.now, w.now.Add(time.Duration(5+w.IntN(30))*time.Second)
		}
		if p.Readiness == engine.Ready {
			serving++
		}
		if len(kept) == i {
			kept = kept[:i+1] // it is in its place
			continue
		}
		kept = append(kept, *p)
	}
	w.pods = kept
	if float64(serving) != countAt(w.serving, w.now) {
		w.serving = push(w.serving, change{w.now, float64(serving)})
	}
	if w.IntN(60) == 0 {
		w.load = push(w.load, change{w.now, max(0.5, countAt(w.load, w.now)*(0.6+0.75*w.Float64()))})
	}
	if w.now.After(w.until) && w.now.Sub(noon) > time.Minute && w.IntN(150) == 0 {
		w.until = w.now.Add(time.Duration(w.IntN(200)) * time.Second)
	}
}

func push(history []change, c change) []change {
	const most = 200
	if len(history) >= most {
		history = append(history[:0], history[most/2:]...)
	}
	return append(history, c)
}

// share is the mean of what one of the serving pods had of the load in a window, in thousandths of replicas at their target.
func (w *frozenWorld) share(until time.Time, scale float64) int64 {
	if known, found := w.shares[until]; found {
		return known
	}
	sum, n := 0.0, 0
	for s := until.Add(-w.window); ; s = s.Add(time.Second) {
		if pods := countAt(w.serving, s); pods > 0 && (s.Before(until) || w.window == 0) {
			sum, n = sum+countAt(w.load, s)/pods, n+1
		}
		if !s.Before(until) {
			break
		}
	}
	w.shares[until] = int64(math.Round(scale * sum / float64(max(1, n))))
	return w.shares[until]
}

func (w *frozenWorld) observe() *engine.Observation {
	seen := &engine.Observation{SpecReplicas: w.replicas, StatusReplicas: w.replicas}
	w.shares = map[time.Time]int64{}
	m := &w.spec.Metrics[0]
	r := engine.Reading{}
	scale := float64(m.Target)
	if m.TargetType == engine.Utilization {
		scale = 1_000_000 * float64(m.Target) / 100
	}
	fresh := !w.now.Before(w.until)
	if fresh {
		w.sampled = w.now.Add(-time.Duration(w.IntN(10)) * time.Second)
		if w.value = w.share(w.sampled, scale); m.TargetType == engine.AverageValue {
			w.value = int64(countAt(w.load, w.sampled) * scale)
		}
	}
	for i := range w.pods {
		p := &w.pods[i]
		seen.Pods = append(seen.Pods, p.Pod)
		if scraped := w.sampled.Add(-time.Duration(w.Int64N(int64(w.noise/time.Second)+1)) * time.Second); fresh && p.Readiness == engine.Ready && !p.ReadySince.After(scraped.Add(-w.window)) && scraped.After(p.sample.Time) {
			p.sample = engine.Sample{Known: true, Value: w.share(scraped, scale), Time: scraped, Window: w.window}
		}
		r.Pods = append(r.Pods, p.sample)
		r.Requests = append(r.Requests, 1_000_000)
	}
	if m.Type == engine.Object || m.Type == engine.External || m.Type == engine.Prometheus {
		r = engine.Reading{Value: w.value, Time: w.sampled, Window: w.window}
		if m.TargetType == engine.AverageValue {
			r.Window = 0
		}
	}
	seen.Readings = []engine.Reading{r}
	return seen
}

func (w *frozenWorld) newest(seen *engine.Observation) time.Time {
	newest := seen.Readings[0].Time
	for _, s := range seen.Readings[0].Pods {
		if s.Time.After(newest) {
			newest = s.Time
		}
	}
	return newest
}

// belowNeed returns how a decision scales in too far; empty where it does not.
func (w *frozenWorld) belowNeed(d *engine.Decision, older bool) string {
	if d.Desired >= d.Current || (w.spec.Damping != nil && !older) {
		return "" // damping may follow a forecast of a newer sample
	}
	from, to := w.newestAt, w.newestAt
	for i := range w.pods {
		if s := &w.pods[i].sample; s.Known && s.Time.Before(from) && w.now.Sub(s.Time) < 10*time.Minute {
			from = s.Time
		}
	}
	if from = from.Add(-w.window); from.Before(noon.Add(w.period)) {
		return "" // of before the first decision, only what it found then is known
	}
	least, fewest, most := countAt(w.load, to), countAt(w.serving, to), countAt(w.serving, to)
	for s := from; !s.After(to); s = s.Add(time.Second) {
		least, fewest, most = min(least, countAt(w.load, s)), min(fewest, countAt(w.serving, s)), max(most, countAt(w.serving, s))
	}
	if w.spec.Damping != nil && w.spec.Metrics[0].TargetType == engine.Value {
		least = min(least, fewest) // of an overload, damping goes a part of the way
	}
	// A utilization is truncated to whole percent.
	slack := 0.01
	if m := &w.spec.Metrics[0]; m.TargetType == engine.Utilization {
		slack += most / float64(m.Target)
	}
	need := int32(math.Ceil(least - slack))
	if w.spec.Damping != nil {
		need = w.spec.Damping.Replicas(least - slack)
	}
	if d.Desired < min(need, w.spec.MaxReplicas) {
		return fmt.Sprintf("%d → %d, and the load at the last sample (%s old, window %s) needed %d (%.2f)", d.Current, d.Desired, w.now.Sub(w.newestAt), w.window, need, least)
	}
	return ""
}

package engine_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// gauges returns samples of one instant.
func gauges(n int, value int64, sampled time.Time) []engine.Sample {
	all := make([]engine.Sample, n)
	for i := range all {
		all[i] = engine.Sample{Known: true, Value: value, Time: sampled}
	}
	return all
}

func readyPods(n int, since time.Time) []engine.Pod {
	all := pods(n)
	for i := range all {
		all[i].Started, all[i].ReadySince = since, since
	}
	return all
}

// TestOlderSamples has states as in bundles: with the scale events, the history of ready pods, or both. 12 replicas at 24 of 40 are a
// product of 8; 20 pods shared that load, so it requires 12.
func TestOlderSamples(t *testing.T) {
	perPod := engine.Metric{Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 40}
	share := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 40}
	value := engine.Metric{Type: engine.External, Name: "depth", TargetType: engine.Value, Target: 40}
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 40}
	ago := func(seconds int) time.Time { return noon.Add(-time.Duration(seconds) * time.Second) }
	scaledIn := engine.State{Downs: []engine.ScaleEvent{{Change: 8, Time: ago(15)}}}
	history := engine.State{Ready: []engine.ReadyCount{{Time: ago(3600), Ready: 20}}, Observed: ago(15), ScaledIn: engine.ReadyCount{Time: ago(15), Ready: 12}}
	byHand := engine.State{Ready: []engine.ReadyCount{{Time: ago(3600), Ready: 20}}, Observed: ago(15)}
	known := func(m *engine.Metric, digest uint64, read time.Time) []engine.SampleAge {
		return []engine.SampleAge{{Metric: m.Identity(), Newest: ago(90), Since: read, Digest: digest, Read: read}}
	}
	for name, tc := range map[string]struct {
		metric engine.Metric
		state  engine.State
		age    int // of the samples in seconds; below 0 for samples without a time
		value  int64
		want   int32
	}{
		"older than the scale-in, by its event":             {perPod, scaledIn, 30, 24, 12},
		"older than the scale-in, by the ready pods":        {perPod, history, 30, 24, 12},
		"newer than the scale-in, by its event":             {perPod, scaledIn, 5, 24, 8},
		"newer than the scale-in, by the ready pods":        {perPod, history, 5, 24, 8},
		"in the moment in which pods go":                    {perPod, history, 14, 24, 12},
		"a utilization":                                     {share, history, 30, 24, 12},
		"a Value":                                           {value, history, 30, 24, 12},
		"a Value newer than the scale-in":                   {value, history, 5, 24, 8},
		"a sum that replicas share has no product":          {queue, history, 30, 280, 7},
		"by a user, at an unknown time since the last sync": {perPod, byHand, 5, 24, 12},
		"it requires more than the current count and holds": {perPod, scaledIn, 30, 39, 12},
		"it requires fewer than the count":                  {perPod, scaledIn, 30, 20, 10},
		"without a time, read for the first time":           {perPod, scaledIn, -1, 24, 12},
		"a value without a time, another than 20s ago":      {value, engine.State{Downs: scaledIn.Downs, Samples: known(&value, 1, ago(20))}, -1, 24, 12},
		"a value without a time, another than 5s ago":       {value, engine.State{Downs: scaledIn.Downs, Samples: known(&value, 1, ago(5))}, -1, 24, 8},
		"events before the scale-in that were made good":    {perPod, engine.State{Downs: scaledIn.Downs, Ups: []engine.ScaleEvent{{Change: 8, Time: ago(20)}}}, 30, 24, 8},
		"an event older than the samples":                   {perPod, engine.State{Downs: []engine.ScaleEvent{{Change: 8, Time: ago(45)}}}, 30, 24, 8},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(tc.metric)
			s.MinReplicas, s.Down.Stabilization = 1, 0
			tc.state.Recommendations = []engine.Recommendation{{Replicas: 12, Time: ago(15)}} // not a new autoscaler, which starts with a hold
			sampled := ago(tc.age)
			if tc.age < 0 {
				sampled = time.Time{}
			}
			seen := engine.Observation{SpecReplicas: 12, StatusReplicas: 12, Pods: readyPods(12, ago(3600))}
			r := engine.Reading{Pods: gauges(12, tc.value, sampled)}
			for range 12 {
				r.Requests = append(r.Requests, 100)
			}
			if tc.metric.Type == engine.External {
				r = engine.Reading{Value: tc.value, Time: sampled}
			}
			seen.Readings = []engine.Reading{r}
			for range 2 { // the same samples again change nothing
				if d, _ := engine.Decide(s, tc.state.Clone(), &seen, noon); d.Desired != tc.want {
					t.Errorf("12 → %d, want %d: %+v", d.Desired, tc.want, d.Proposals)
				}
			}
			s.Without = engine.OlderSamples
			if d, _ := engine.Decide(s, tc.state.Clone(), &seen, noon); tc.metric.TargetType != engine.AverageValue && d.Desired != (12*int32(tc.value)+39)/40 {
				t.Errorf("without the correction 12 → %d", d.Desired)
			}
		})
	}
}

// TestValueOverAPartOfItsRange: rate() measures between the first and the last scrape in its range, which can be little more than half
// of it. In that part 20 pods were ready instead of 12, so a ratio of 0.7 is a load of 14; over the whole range it would be 11.
func TestValueOverAPartOfItsRange(t *testing.T) {
	perPod := engine.Metric{Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 1000}
	value := engine.Metric{Type: engine.External, Name: "busy", TargetType: engine.Value, Target: 1000}
	ago := func(seconds int) time.Time { return noon.Add(-time.Duration(seconds) * time.Second) }
	sampled := ago(8)
	samples := gauges(12, 700, sampled)
	for i := range samples {
		samples[i].Window = 30 * time.Second
	}
	for name, tc := range map[string]struct {
		metric  engine.Metric
		reading engine.Reading
	}{
		"of each pod":  {perPod, engine.Reading{Pods: samples}},
		"of the whole": {value, engine.Reading{Value: 700, Time: sampled, Window: 30 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(tc.metric)
			s.MinReplicas, s.Down.Stabilization = 1, 0
			state := engine.State{
				Recommendations: []engine.Recommendation{{Replicas: 12, Time: ago(15)}}, Observed: ago(1),
				Ready: []engine.ReadyCount{{Time: ago(3600), Ready: 12}, {Time: ago(25), Ready: 20}, {Time: ago(5), Ready: 12}},
			}
			seen := engine.Observation{SpecReplicas: 12, StatusReplicas: 12, Pods: readyPods(12, ago(3600)), Readings: []engine.Reading{tc.reading}}
			if d, _ := engine.Decide(s, state, &seen, noon); d.Desired != 12 {
				t.Errorf("12 → %d, want 12: %+v", d.Desired, d.Proposals)
			}
		})
	}
}

// TestStepwiseScaleInIsNotSlowed: with samples that are newer than each step, a rate policy reaches the required count as early as
// without the correction.
func TestStepwiseScaleInIsNotSlowed(t *testing.T) {
	for name, policy := range map[string]engine.RatePolicy{
		"two pods a period": {Value: 2, Period: 15 * time.Second}, "half of them": {Percent: true, Value: 50, Period: 15 * time.Second},
	} {
		for _, window := range []time.Duration{0, 30 * time.Second} {
			t.Run(name+" window "+window.String(), func(t *testing.T) {
				ticks := func(without engine.Correction) (ticks int) {
					s := spec(engine.Metric{Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 1_000_000})
					s.MinReplicas, s.HasBehavior, s.Without = 1, true, without
					s.Down = engine.Rules{Policies: []engine.RatePolicy{policy}, Select: engine.SelectMax, Tolerance: 0.05}
					var state engine.State
					counts, now := []int32{20}, noon
					for replicas := int32(20); replicas > 5; ticks++ {
						now = now.Add(15 * time.Second)
						share, of := 0.0, 0.0
						for i := range 1 + int(window/(15*time.Second)) { // each count lasted for a period
							n := counts[max(0, len(counts)-1-i)]
							share, of = share+5/float64(n), of+1
							if window > 0 && of == float64(window/(15*time.Second)) {
								break
							}
						}
						samples := gauges(int(replicas), int64(share/of*1e6), now.Add(-time.Second))
						for i := range samples {
							samples[i].Window = window
						}
						seen := &engine.Observation{SpecReplicas: replicas, StatusReplicas: replicas, Pods: pods(int(replicas)), Readings: []engine.Reading{{Pods: samples}}}
						var d engine.Decision
						if d, state = engine.Decide(s, state, seen, now); d.Desired < 5 {
							t.Fatalf("%d → %d, and the load needs 5", d.Current, d.Desired)
						}
						if d.Desired != d.Current {
							state = engine.RecordScale(state, &d, now)
						}
						if replicas = d.Desired; ticks > 100 {
							t.Fatal("it does not come down")
						}
						counts = append(counts, replicas)
					}
					return ticks
				}
				with := ticks(0)
				if window > 0 { // without it, the mixed window is a wrong ratio, and goes too far
					t.Logf("%d ticks", with)
					return
				}
				if without := ticks(engine.OlderSamples); with > without {
					t.Errorf("%d ticks with the correction, %d without", with, without)
				}
			})
		}
	}
}

// TestTheHistoryOfReadyPodsStaysShort: a steady autoscaler has one entry, and others have the entries that a sample can reach.
func TestTheHistoryOfReadyPodsStaysShort(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 1000, MaxAge: time.Minute})
	s.MinReplicas = 1
	var state engine.State
	now := noon
	decide := func(n int) {
		now = now.Add(15 * time.Second)
		_, state = engine.Decide(s, state, &engine.Observation{
			SpecReplicas: int32(n), Pods: pods(n), Readings: []engine.Reading{{Pods: gauges(n, 1000, now)}},
		}, now)
	}
	for i := range 1000 {
		decide(1 + i%9)
	}
	if n := len(state.Ready); n < 6*4 || n > 64 {
		t.Errorf("%d entries while the pods change at every decision", n)
	}
	for range 30 {
		decide(5)
	}
	if n := len(state.Ready); n != 1 {
		t.Errorf("%d entries once nothing has changed for longer than a sample can be old: %+v", n, state.Ready)
	}
}

// TestMetricsStale: a metric is stale after three decisions in a row without a newer sample, and twice its cadence.
func TestMetricsStale(t *testing.T) {
	for name, tc := range map[string]struct {
		scrape time.Duration
		ticks  int // decisions without a newer sample until the metric is stale
	}{
		"scrapes every 15s": {15 * time.Second, 3},
		"scrapes every 60s": {time.Minute, 9},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000})
			var state engine.State
			var d engine.Decision
			now := noon
			decide := func(sampled time.Time, why string) {
				now = now.Add(15 * time.Second)
				r := engine.Reading{Value: 4000, Time: sampled, RefreshError: why}
				d, state = engine.Decide(s, state, &engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Readings: []engine.Reading{r}}, now)
			}
			var last time.Time
			for range 40 {
				last = now.Add(15 * time.Second).Truncate(tc.scrape)
				if decide(last, ""); d.MetricsStale.Status != engine.False {
					t.Fatalf("stale while samples come: %+v", d.Stale)
				}
			}
			first := 0
			for i := range 12 {
				if decide(last, "connection refused"); d.MetricsStale.Status == engine.True && first == 0 {
					first = i + 1
				}
			}
			if first != tc.ticks {
				t.Errorf("stale after %d decisions, want %d", first, tc.ticks)
			}
			if len(d.Stale) != 1 || d.Stale[0].Cause != "connection refused" || d.Stale[0].Age != now.Sub(last) {
				t.Errorf("stale metrics are %+v", d.Stale)
			}
			if decide(now, ""); d.MetricsStale.Status != engine.False || len(d.Stale) > 0 {
				t.Errorf("stale once a newer sample came: %+v", d.Stale)
			}
		})
	}
}

// TestDampingDoesNotForecastWithoutSamples: a load that fell until its samples stopped falls further by the forecast, and the replicas
// stay at the requirement of the last load.
func TestDampingDoesNotForecastWithoutSamples(t *testing.T) {
	s := spec(engine.Metric{Type: engine.External, Name: "rps", TargetType: engine.AverageValue, Target: 1000})
	s.MinReplicas, s.Damping = 1, &damping.Spec{ForecastHorizon: 5 * time.Minute}
	var state engine.State
	var d engine.Decision
	now, replicas, load := noon, int32(40), int64(40_000)
	decide := func(sampled time.Time) {
		d, state = engine.Decide(s, state, &engine.Observation{
			SpecReplicas: replicas, StatusReplicas: replicas, Pods: pods(int(replicas)), Readings: []engine.Reading{{Value: load, Time: sampled}},
		}, now)
		if d.Desired != d.Current {
			state, replicas = engine.RecordScale(state, &d, now), d.Desired
		}
	}
	for load > 20_000 {
		now, load = now.Add(15*time.Second), load-1000
		decide(now)
	}
	sampled, ahead := now, false
	replicas = 30 // by hand
	for range 8 {
		now = now.Add(15 * time.Second)
		if decide(sampled); replicas < 20 {
			t.Fatalf("%d replicas, and the last load that was measured needs 20", replicas)
		}
		ahead = ahead || d.Damping.Required < 19
	}
	if !ahead {
		t.Error("the forecast never was below the last load, so the test shows nothing")
	}
}

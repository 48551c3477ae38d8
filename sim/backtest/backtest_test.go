package backtest_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/history"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

const recordStep = 30 * time.Second

// recorded is a simulated day as a Prometheus records it, under some policy, with pods that serve 10 units per second.
type recorded struct {
	replicas, ready, rate, cpu history.Series
}

func record(t *testing.T, policy sim.Policy, of load.Load, length time.Duration) *recorded {
	t.Helper()
	config := plant.Defaults()
	s, err := sim.New(sim.Config{Policy: policy, Plant: config, Load: of, Begin: monday, Replicas: 4, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	n := int(length / recordStep)
	r := &recorded{}
	for _, one := range []*history.Series{&r.replicas, &r.ready, &r.rate, &r.cpu} {
		*one = history.NewSeries(monday, recordStep, n)
	}
	s.Run(length, func(st *sim.Step) {
		if st.At%recordStep != 0 || int(st.At/recordStep) >= n {
			return
		}
		i := int(st.At / recordStep)
		r.replicas.Values[i], r.ready.Values[i] = float64(st.Replicas), float64(st.Ready)
		r.rate.Values[i], r.cpu.Values[i] = st.Rate, 100*st.Busy
	})
	return r
}

// history reconstructs the loads of the metrics of a spec.
func (r *recorded) history(spec *engine.Spec) *backtest.History {
	h := &backtest.History{
		Begin: monday, Length: time.Duration(len(r.rate.Values)) * recordStep, Step: recordStep, Replicas: r.replicas, Ready: r.ready, Seed: 1,
		StartUp: history.NewSpread(history.StartUps(r.replicas, r.ready)),
	}
	for i := range spec.Metrics {
		m := &spec.Metrics[i]
		kind, values := history.Sum, r.rate
		if m.TargetType == engine.Utilization {
			kind, values = history.Mean, r.cpu
		}
		l := history.Load(kind, values, history.Series{}, r.ready)
		h.Loads = append(h.Loads, backtest.Load{Key: history.Key(m), Kind: kind, Series: l, Capacity: backtest.CapacityOf(m, 143)})
		h.Lag = history.NewSpread(history.Lags(l, r.replicas, backtest.TargetOf(m), 0.1))
	}
	return h
}

func hpa(metric peers.Metric) *engine.Spec {
	return peers.HPA(peers.Goal{Metric: metric, Busy: 0.7, PodRate: 10, Min: 2, Max: 60})
}

func daily() load.Load {
	return load.Noise(load.Diurnal(40, 300, 6*time.Hour), 0.05, time.Minute, 5)
}

// TestReplayOfThePolicyThatRan: a day is recorded under an HPA. Its replay over the reconstructed load has the recorded replicas,
// within the stated error, for rates and for CPU.
func TestReplayOfThePolicyThatRan(t *testing.T) {
	for _, metric := range peers.Metrics() {
		t.Run(string(metric), func(t *testing.T) {
			spec := hpa(metric)
			r := record(t, &sim.Engine{Spec: spec}, daily(), 12*time.Hour)
			h := r.history(spec)
			run, err := backtest.Replay(h, spec, backtest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			grade := backtest.NewGrade(h, spec, run)
			t.Logf("%.1f%% mean, %.0f worst error; start-up %+v, lag %+v", grade.MeanErrorPercent, grade.WorstError, h.StartUp, h.Lag)
			if !grade.Trusted || grade.MeanErrorPercent > backtest.LimitPercent {
				t.Errorf("the grade is %+v", grade)
			}
			was, got := backtest.Recorded(h, 0), run.Scores
			if math.Abs(got.PodHours/was.PodHours-1) > 0.05 {
				t.Errorf("%.1f pod-hours recorded, %.1f replayed", was.PodHours, got.PodHours)
			}
		})
	}
}

// TestOtherPolicy: the load recorded under an HPA gives the replicas that another policy has on the same load.
func TestOtherPolicy(t *testing.T) {
	for _, metric := range peers.Metrics() {
		t.Run(string(metric), func(t *testing.T) {
			other := hpa(metric)
			other.Without = 0
			balanced := damping.Balanced()
			other.Damping = &balanced
			h := record(t, &sim.Engine{Spec: hpa(metric)}, daily(), 12*time.Hour).history(hpa(metric))
			live := record(t, &sim.Engine{Spec: other}, daily(), 12*time.Hour)
			run, err := backtest.Replay(h, other, backtest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			h.Replicas = live.replicas
			grade := backtest.NewGrade(h, other, run)
			t.Logf("%.1f%% mean, %.0f worst error", grade.MeanErrorPercent, grade.WorstError)
			if grade.MeanErrorPercent > backtest.LimitPercent {
				t.Errorf("the grade is %+v", grade)
			}
		})
	}
}

// TestGradeFindsCauses: what disturbs a record is named, and a record of another policy is not trusted.
func TestGradeFindsCauses(t *testing.T) {
	const from, to = 200, 400 // steps
	spec := hpa(peers.Rate)
	all := func(s *history.Series, value float64) {
		for i := from; i < to; i++ {
			s.Values[i] = value
		}
	}
	for want, disturb := range map[string]func(*recorded, *backtest.History){
		"missing data: the load is unknown for": func(r *recorded, h *backtest.History) {
			all(&h.Loads[0].Series, math.NaN())
			all(&r.replicas, 3)
		},
		"a manual edit, or other bounds than now: 70 replicas": func(r *recorded, _ *backtest.History) { all(&r.replicas, 70) },
		"a manual edit, or another writer: the replicas changed at 2026-03-02T01:40:00Z": func(r *recorded, _ *backtest.History) {
			all(&r.replicas, 55)
		},
		"unschedulable pods: 4": func(r *recorded, h *backtest.History) {
			all(&r.replicas, 55)
			h.Unschedulable = history.NewSeries(monday, recordStep, len(r.replicas.Values))
			all(&h.Unschedulable, 4)
		},
		"a rollout: 2 pods of the former template": func(r *recorded, h *backtest.History) {
			all(&r.replicas, 55)
			h.Rollout = history.NewSeries(monday, recordStep, len(r.replicas.Values))
			all(&h.Rollout, 2)
		},
	} {
		r := record(t, &sim.Engine{Spec: spec}, daily(), 6*time.Hour)
		h := r.history(spec)
		disturb(r, h)
		run, err := backtest.Replay(h, spec, backtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		grade := backtest.NewGrade(h, spec, run)
		if len(grade.Deviations) == 0 || !strings.Contains(grade.Deviations[0].Cause, want) {
			t.Errorf("want the cause %q first: %+v", want, grade)
		}
	}
}

// TestGradeAfterAGap: the policy that ran follows the load while the record has none, and its replay cannot. The difference at the end of
// the gap is no error of the replay.
func TestGradeAfterAGap(t *testing.T) {
	spec := hpa(peers.Rate)
	grade := func(from, to int) *backtest.Grade {
		h := record(t, &sim.Engine{Spec: spec}, daily(), 12*time.Hour).history(spec)
		for i := from; i < to; i++ {
			h.Loads[0].Values[i] = math.NaN()
		}
		run, err := backtest.Replay(h, spec, backtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return backtest.NewGrade(h, spec, run)
	}
	whole, gap := grade(0, 0), grade(720, 960) // two hours in which the load rises
	if !gap.Trusted || gap.WorstError > whole.WorstError+1 {
		t.Errorf("the worst error is %g with a gap, at %s, and %g without", gap.WorstError, gap.WorstAt, whole.WorstError)
	}
	if lost := whole.ComparedHours - gap.ComparedHours; math.Abs(lost-2-1./12) > 0.02 {
		t.Errorf("%g hours are not compared for a gap of 2 hours", lost)
	}
}

func TestGradeOfAnotherPolicyIsNotTrusted(t *testing.T) {
	spec := hpa(peers.Rate)
	h := record(t, &sim.Engine{Spec: spec}, daily(), 6*time.Hour).history(spec)
	other := peers.HPA(peers.Goal{Metric: peers.Rate, Busy: 0.5, PodRate: 10, Min: 2, Max: 60})
	h.Loads[0].Key = history.Key(&other.Metrics[0])
	run, err := backtest.Replay(h, other, backtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if grade := backtest.NewGrade(h, other, run); grade.Trusted || !strings.Contains(grade.Reason, "the limit is 10%") {
		t.Errorf("the grade is %+v", grade)
	}
	h.Replicas = history.Series{}
	if grade := backtest.NewGrade(h, other, run); grade.Trusted || !strings.Contains(grade.Reason, "known for 0.0 hours") {
		t.Errorf("without recorded replicas the grade is %+v", grade)
	}
}

// TestScores of two hours by hand: two pods serve a load of two, then of three, and then an unknown one.
func TestScores(t *testing.T) {
	h := &backtest.History{
		Begin: monday, Length: 2 * time.Hour, Step: 30 * time.Minute,
		Replicas: history.Series{Start: monday, Step: 30 * time.Minute, Values: []float64{2, 2, 3, 3}},
		Ready:    history.Series{Start: monday, Step: 30 * time.Minute, Values: []float64{2, 2, 2, 3}},
		Loads: []backtest.Load{{
			Capacity: 10, Series: history.Series{Start: monday, Step: 30 * time.Minute, Values: []float64{20, 30, 40, math.NaN()}},
		}},
	}
	want := backtest.Scores{
		KnownHours: 1.5, ShortageMinutes: 60, MissingPodMinutes: 90, PodHours: 3.5, Changes: 1, Churn: 1, PeakReplicas: 3,
		MeanReplicas: 7. / 3, WorstHour: &backtest.Hour{Start: monday.Add(time.Hour), ShortageMinutes: 30, MissingPodMinutes: 60},
	}
	cost := 0.5 * want.PodHours
	want.Cost = &cost
	if diff := cmp.Diff(want, backtest.Recorded(h, 0.5), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnknownMetric: a gap holds the replicas, and the same history gives the same run.
func TestUnknownMetric(t *testing.T) {
	spec := hpa(peers.Rate)
	h := record(t, &sim.Engine{Spec: spec}, daily(), 3*time.Hour).history(spec)
	for i := 100; i < 200; i++ {
		h.Loads[0].Values[i] = math.NaN()
	}
	run, err := backtest.Replay(h, spec, backtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, _ := backtest.Replay(h, spec, backtest.Options{})
	if diff := cmp.Diff(run, again, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	for i := 110; i < 200; i++ {
		if run.Replicas.Values[i] != run.Replicas.Values[110] {
			t.Fatalf("the replicas change within a gap: %v", run.Replicas.Values[100:200])
		}
	}
	if _, err := backtest.Replay(h, hpa(peers.CPU), backtest.Options{}); err == nil || err.Error() != "metric cpu: the history does not have it" {
		t.Errorf("the error is %v", err)
	}
}

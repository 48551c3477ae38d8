package history

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

var begin = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// decision has all figures of a point.
func decision(moment time.Time, desired int32, ratio float64) *engine.Decision {
	return &engine.Decision{
		Time: moment, Current: 4, Desired: desired, Min: 2, Max: 20, Pods: engine.PodCounts{Serving: 3, Starting: 1},
		Proposals: []engine.Proposal{{Known: true, Ratio: ratio, Ready: 4, Replicas: desired}, {Problem: "no answer"}},
		Steps:     []engine.Step{{Kind: engine.StepCurrent, From: 4, To: 4}, {Kind: engine.StepRatePolicy, From: 30, To: desired}},
	}
}

func TestPointsAreThoseOfDecisions(t *testing.T) {
	var line Timeline
	line.Begin([]string{"cpu", "queue"})
	line.Add(decision(begin, 8, 1.5))
	line.AddUndecided(begin.Add(15 * time.Second))
	line.Add(decision(begin.Add(30*time.Second), 9, math.NaN()))
	point := Point{
		Time: begin, Decided: true, Current: 4, Desired: 8, Min: 2, Max: 20, Serving: 3, Starting: 1, Load: 6,
		Limits: 1 << engine.StepRatePolicy, Proposals: []int32{8, Unknown},
	}
	later := point
	later.Time, later.Desired, later.Load, later.Proposals = begin.Add(30*time.Second), 9, math.NaN(), []int32{9, Unknown}
	want := []Point{point, {Time: begin.Add(15 * time.Second), Proposals: []int32{0, 0}}, later}
	if diff := cmp.Diff(want, line.Points(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	if points := line.Points(); !points[0].Limited(engine.StepRatePolicy) || points[0].Limited(engine.StepHold) {
		t.Error("the limits are not those of the steps")
	}
	if points := line.Points(); points[1].Decided || math.IsNaN(points[0].Load) || points[0].Load == 0 {
		t.Errorf("got %+v", points)
	}
}

// TestIdleDecisionsAreStoredOncePerMinute, so that a time without points is one without decisions.
func TestIdleDecisionsAreStoredOncePerMinute(t *testing.T) {
	var line Timeline
	line.Begin([]string{"cpu", "queue"})
	for i := range 40 {
		line.Add(decision(begin.Add(time.Duration(i)*15*time.Second), 4, 1))
	}
	points := line.Points()
	if len(points) != 10 || points[1].Time.Sub(points[0].Time) != Every {
		t.Errorf("got %d points in 10 minutes", len(points))
	}
}

// TestOtherMetricsStartATimeline: their proposals would be shown under the names of the former ones.
func TestOtherMetricsStartATimeline(t *testing.T) {
	var line Timeline
	line.Begin([]string{"cpu", "queue"})
	line.Add(decision(begin, 8, 1))
	line.Begin([]string{"cpu", "queue"})
	if len(line.Points()) != 1 {
		t.Error("the same metrics end the timeline")
	}
	line.Begin([]string{"memory", "queue"})
	if len(line.Points()) != 0 {
		t.Error("the points of other metrics remain")
	}
}

// TestHistoryIsBounded: the bytes that docs/dashboard.md names hold for restless autoscalers with many metrics and long steps, the
// last hour of an ordinary one is there, and a full history allocates nothing.
func TestHistoryIsBounded(t *testing.T) {
	var line Timeline
	names := make([]string, 40)
	for i := range names {
		names[i] = fmt.Sprint("metric-", i)
	}
	line.Begin(names)
	d := decision(begin, 1, 1)
	d.Proposals = make([]engine.Proposal, 40)
	step := func(i int) {
		d.Time, d.Desired, d.Max = begin.Add(time.Duration(i)*15*time.Second), int32(i*7919%math.MaxInt16), int32(i)
		for m := range d.Proposals {
			d.Proposals[m] = engine.Proposal{Known: true, Ratio: float64(i*31%97) + 0.5, Ready: 1 + i%50, Replicas: int32(i * m % 65537)}
		}
		line.Add(d)
	}
	for i := range 5000 {
		step(i)
	}
	bytes := int(unsafe.Sizeof(line))
	for _, chunk := range line.used {
		bytes += cap(chunk)
	}
	if bytes > chunks*chunkBytes+1<<10 || len(line.Points()) == 0 {
		t.Errorf("%d bytes, %d points", bytes, len(line.Points()))
	}
	i := 5000
	if allocations := testing.AllocsPerRun(100, func() { step(i); i++ }); allocations != 0 {
		t.Errorf("a decision allocates %v times", allocations)
	}

	var ordinary Timeline
	ordinary.Begin([]string{"cpu", "queue"})
	for i := range 2000 {
		ordinary.Add(decision(begin.Add(time.Duration(i)*15*time.Second), int32(8+i/4%3), 1+float64(i%10)/10))
	}
	points := ordinary.Points()
	if span := points[len(points)-1].Time.Sub(points[0].Time); span < time.Hour {
		t.Errorf("the time line of a moving load has %s", span)
	} else {
		t.Logf("the time line of a moving load has %s in %d points of %d bytes", span, len(points), chunks*chunkBytes/len(points))
	}

	var texts Decisions
	for i := range 500 {
		page := &explain.Page{Reason: strings.Repeat("x", 300)}
		for range 9 {
			page.Steps = append(page.Steps, explain.StepText{Step: "Metric", Detail: strings.Repeat("y", 150)})
		}
		texts.Add(Decision{Time: begin.Add(time.Duration(i) * time.Second), Page: page}, TextBytes(100))
	}
	if texts.bytes > maxTextBytes || len(texts.kept) < 3 || cap(texts.kept) > 32 {
		t.Errorf("%d bytes in %d decisions, capacity %d", texts.bytes, len(texts.kept), cap(texts.kept))
	}
	if _, found := texts.At(begin.Add(499 * time.Second)); !found {
		t.Error("the newest decision is not there")
	}
	if _, found := texts.At(begin); found {
		t.Error("the oldest decision is there")
	}
}

func TestFlapping(t *testing.T) {
	var line Timeline
	moment := begin
	for i := range 5 {
		moment = moment.Add(time.Minute)
		line.Add(decision(moment, int32(4+i%2), 1))
		if line.Flapping(moment) {
			t.Fatalf("flapping after %d changes", i)
		}
	}
	line.Add(decision(moment.Add(time.Minute), 5, 1))
	if !line.Flapping(moment.Add(time.Minute)) || line.Flapping(moment.Add(FlappingWithin)) {
		t.Error("four reversals within half an hour are flapping, and half an hour later not")
	}
}

func TestTextOfAll(t *testing.T) {
	for _, autoscalers := range []int{0, 1, 1000, 10_000, 50_000} {
		var d Decisions
		for i := range 100 {
			page := &explain.Page{Reason: strings.Repeat("x", 300)}
			d.Add(Decision{Time: begin.Add(time.Duration(i) * time.Second), Page: page}, TextBytes(autoscalers))
		}
		if all := d.bytes * autoscalers; all > allTextBytes {
			t.Errorf("%d autoscalers take %d bytes of text, more than %d", autoscalers, all, allTextBytes)
		}
		if _, found := d.At(begin.Add(99 * time.Second)); !found {
			t.Errorf("%d autoscalers: the newest decision is not stored", autoscalers)
		}
	}
}

package backtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/cmd/flyball/internal/tracefile"
	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/history"
	"flyball.dev/flyball/sim/load"
)

// trace has the flags of a load from a CSV file.
type trace struct {
	path                string
	scale               tracefile.Scale
	counts, interpolate bool
}

const (
	// leastTraceStep and mostTraceStep bound the distance of the values of a history from a file.
	leastTraceStep, mostTraceStep = 5 * time.Second, time.Minute
	// defaultLag is the age of a metric without a record of decisions: half of a usual scrape interval of 30 seconds.
	defaultLag = 15 * time.Second
)

// history is that of a trace. Its values are the load of the first metric of the policy; other metrics follow it in proportion to
// what a pod serves.
func (t *trace) history(candidates []*candidate, s *settings) (*backtest.History, error) {
	text, err := os.ReadFile(t.path)
	if err != nil {
		return nil, err
	}
	plain, recorded, err := splitColumns(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.path, err)
	}
	parsed, err := load.ParseTrace(plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.path, err)
	}
	if least := 10 * time.Minute; parsed.Length() < least {
		return nil, fmt.Errorf("%s: the trace is %s long: must be at least %s", t.path, parsed.Length(), least)
	}
	first := &candidates[0].spec.Metrics[0]
	play := load.Play{Counts: t.counts, Interpolate: t.interpolate}
	factor, err := t.scale.Factor(parsed, play, backtest.TargetOf(first))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.path, err)
	}
	step := min(max(parsed.Step, leastTraceStep), mostTraceStep).Truncate(leastTraceStep)
	h := &backtest.History{Begin: parsed.Start(), Length: parsed.Length().Truncate(step), Step: step, Seed: s.seed}
	values := history.NewSeries(h.Begin, step, int(h.Length/step))
	rates := parsed.Load(play)
	for i := range values.Values {
		if rate, known := rates.At(time.Duration(i) * step); known {
			values.Values[i] = rate * factor
		}
	}
	addLoads(h, candidates, values, s.capacity)
	recorded.addTo(h, parsed.Step)
	h.StartUp = history.NewSpread(history.StartUps(h.Replicas, h.Ready))
	h.Lag = history.NewSpread(history.Lags(values, h.Replicas, backtest.TargetOf(first), candidates[0].spec.Up.Tolerance))
	if h.Lag.Count == 0 {
		h.Lag = history.Spread{P10: defaultLag.Seconds(), P50: defaultLag.Seconds(), P90: defaultLag.Seconds()}
	}
	s.override(h)
	return h, nil
}

// addLoads adds the loads of all metrics of all candidates.
func addLoads(h *backtest.History, candidates []*candidate, values history.Series, percent float64) {
	first := &candidates[0].spec.Metrics[0]
	perPod := backtest.CapacityOf(first, percent)
	for _, c := range candidates {
		for i := range c.spec.Metrics {
			m := &c.spec.Metrics[i]
			key := history.Key(m)
			if slices.ContainsFunc(h.Loads, func(l backtest.Load) bool { return l.Key == key }) {
				continue
			}
			capacity := backtest.CapacityOf(m, percent)
			scaled := history.Combine(values, values, func(a, _ float64) float64 { return a / perPod * capacity })
			h.Loads = append(h.Loads, backtest.Load{Key: key, Kind: traceKind(m), Series: scaled, Capacity: capacity})
		}
	}
}

// traceKind is the kind of a metric whose load is known.
func traceKind(m *engine.Metric) history.Kind {
	if m.TargetType == engine.AverageValue && m.Type != engine.Pods {
		return history.Sum
	}
	return history.Mean
}

// columns are recorded replicas and ready pods by time.
type columns struct {
	times           []time.Time
	replicas, ready []float64
}

// splitColumns returns a trace without its columns replicas and ready, which are optional.
func splitColumns(text string) (plain string, found *columns, err error) {
	found = &columns{}
	head, _, _ := strings.Cut(strings.TrimPrefix(text, "\ufeff"), "\n")
	if !slices.Contains(strings.Split(strings.TrimSpace(head), ","), replicasSeries) {
		return text, found, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	names, err := r.Read()
	if err != nil || !slices.Equal(names, []string{"timestamp", "value", replicasSeries, readySeries}) {
		return "", nil, fmt.Errorf("line 1: %q is not a header: must be timestamp,value or timestamp,value,replicas,ready", head)
	}
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return b.String(), found, nil
		}
		if err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&b, "%s,%s\n", record[0], record[1])
		if err := found.add(record); err != nil {
			line, _ := r.FieldPos(0)
			return "", nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (c *columns) add(record []string) error {
	instant, err := time.Parse(time.RFC3339, strings.TrimSpace(record[0]))
	if err != nil {
		return fmt.Errorf("%q is not a timestamp: use RFC 3339, such as 2026-03-02T12:00:00Z", record[0])
	}
	replicas, err := count(record[2])
	if err != nil {
		return err
	}
	ready, err := count(record[3])
	if err != nil {
		return err
	}
	c.times, c.replicas, c.ready = append(c.times, instant), append(c.replicas, replicas), append(c.ready, ready)
	return nil
}

// count parses a number of pods; an empty one is unknown.
func count(text string) (float64, error) {
	if text = strings.TrimSpace(text); text == "" {
		return unknownCount, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of pods: use a whole number, or an empty value if it is unknown", text)
	}
	return float64(n), nil
}

const unknownCount = -1

// addTo sets the recorded replicas and ready pods of a history. A value holds until the next line, at most for one and a half steps
// of the trace.
func (c *columns) addTo(h *backtest.History, holds time.Duration) {
	if len(c.times) == 0 {
		return
	}
	n := int(h.Length / h.Step)
	h.Replicas, h.Ready = history.NewSeries(h.Begin, h.Step, n), history.NewSeries(h.Begin, h.Step, n)
	line := 0
	for i := range n {
		instant := h.Replicas.Time(i)
		for line+1 < len(c.times) && !c.times[line+1].After(instant) {
			line++
		}
		if c.times[line].After(instant) || instant.Sub(c.times[line]) > holds*3/2 {
			continue
		}
		if c.replicas[line] != unknownCount {
			h.Replicas.Values[i] = c.replicas[line]
		}
		if c.ready[line] != unknownCount {
			h.Ready.Values[i] = c.ready[line]
		}
	}
}

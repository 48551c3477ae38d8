package backtest

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/progress"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/plant"
)

// policies are those of a backtest: the first is that of the object, and actual the one that ran.
type policies struct {
	candidates []*candidate
	actual     *candidate
	refused    []refused
}

// run answers the question.
func (q *question) run(command *cobra.Command, p *progress.Progress) (*report, error) {
	now := time.Now()
	var saved *recording
	var err error
	if q.from != "" {
		if saved, err = readRecording(q.from); err != nil {
			return nil, err
		}
	}
	object, err := q.subject(command, saved, now)
	if err != nil {
		return nil, err
	}
	if err := q.judge(command.Context(), object, saved, now); err != nil {
		return nil, err
	}
	all, err := q.policies(object, saved, now)
	if err != nil {
		return nil, err
	}
	r := &report{
		Autoscaler: object.autoscaler.Name, Kind: object.kind, Refused: all.refused, Assumptions: object.notes,
		Manifest: manifest(all.candidates[0]),
	}
	h, planned, err := q.history(command, object, all, saved, r, p)
	if err != nil {
		return nil, err
	}
	r.From, r.To, r.Step = h.Begin, h.Begin.Add(h.Length), h.Step.String()
	r.describe(h, append(all.candidates, all.actual), planned)
	return r, q.replay(r, h, all, p)
}

// history reads the history from where the flags say.
func (q *question) history(
	command *cobra.Command, object *subject, all *policies, saved *recording, r *report, p *progress.Progress,
) (*backtest.History, []plannedSeries, error) {
	every := append(all.candidates, all.actual)
	switch {
	case q.path != "":
		r.Source = "trace"
		h, err := q.trace.history(every, &q.settings)
		return h, nil, err
	case saved != nil:
		r.Source = "recording"
	default:
		r.Source = "prometheus"
		var err error
		if saved, err = q.record(command, object, every, p); err != nil {
			return nil, nil, err
		}
		r.Queries = q.sent
	}
	for _, c := range every {
		for i := range c.spec.Metrics {
			if saved.seriesOf(&c.spec.Metrics[i]) == nil {
				return nil, nil, fmt.Errorf("policy %s: metric %s: the recording does not have it: record it with --prometheus and the same --against", c.name, title(&c.spec.Metrics[i]))
			}
		}
	}
	h := saved.history(every, &q.settings)
	if err := saved.checkLoads(h); err != nil {
		return nil, nil, err
	}
	r.Estimates.PodsPerNode = spreadOf(saved.podsPerNode())
	return h, saved.Series, nil
}

// judge reads what decides how metrics follow from the load.
func (q *question) judge(ctx context.Context, object *subject, saved *recording, now time.Time) error {
	q.kinds.saved = saved
	if q.rulesPath == "" {
		return nil
	}
	client, err := q.client()
	if err != nil {
		return err
	}
	q.kinds.rules, err = readRules(ctx, q.rulesPath, object.autoscaler.Namespace, client, now)
	return err
}

// client asks the Prometheus of the flags.
func (q *question) client() (*prom.Client, error) {
	client, err := prom.New(prom.Options{URL: q.prometheus, Timeout: time.Minute, MaxConcurrent: 2 * q.concurrency})
	if err != nil {
		return nil, fmt.Errorf("--prometheus: %w", err)
	}
	return client, nil
}

// record queries Prometheus.
func (q *question) record(command *cobra.Command, object *subject, candidates []*candidate, p *progress.Progress) (*recording, error) {
	plans := planner{
		target: object.autoscaler.Spec.ScaleTargetRef, namespace: object.autoscaler.Namespace, queries: q.queries, kinds: &q.kinds,
	}
	planned, err := plans.plan(candidates)
	if err != nil {
		return nil, err
	}
	client, err := q.client()
	if err != nil {
		return nil, err
	}
	h := q.header(object, planned, time.Now())
	r := newRecording(h)
	if q.save != "" {
		if r, err = create(q.save, h); err != nil {
			return nil, err
		}
		defer func() { _ = r.file.Close() }()
	}
	f := &fetcher{client: client, concurrency: q.concurrency, progress: p}
	err = f.fetch(command.Context(), r)
	q.sent = f.sent
	return r, err
}

// header is that of a recording which ends now.
func (q *question) header(object *subject, planned []plannedSeries, now time.Time) *header {
	step := time.Duration(q.step)
	if step == 0 {
		const usual = 30 * time.Second
		step = max(usual, (time.Duration(q.since)/mostPoints + usual - 1).Truncate(usual))
	}
	end := now.Truncate(step)
	length := max(time.Duration(q.since).Truncate(step), step)
	return &header{
		Version: formatVersion, Object: object.document, Namespace: object.autoscaler.Namespace, Start: end.Add(-length).UTC(), End: end.UTC(),
		Step: step.String(), step: step, Series: planned,
	}
}

// replay runs all policies, and grades the one that ran.
func (q *question) replay(r *report, h *backtest.History, all *policies, p *progress.Progress) error {
	if h.Replicas.Known() > 0 {
		run, err := backtest.Replay(h, all.actual.spec, backtest.Options{Price: q.price})
		if err != nil {
			return err
		}
		r.Grade, r.GradedPolicy = backtest.NewGrade(h, all.actual.spec, run), all.actual.name
		r.Trusted = r.Grade.Trusted
		r.Results = append(r.Results, result{Policy: recordedName, Scores: backtest.Recorded(h, q.price)})
		if r.recorded = q.newRecorder(h); r.recorded != nil {
			addRecorded(r.recorded, h)
		}
	}
	for i, c := range all.candidates {
		p.Left(c.name, float64(i)/float64(len(all.candidates)))
		one, err := q.runOf(h, c)
		if err != nil {
			return fmt.Errorf("policy %s: %w", c.name, err)
		}
		r.runs = append(r.runs, one)
		r.Results = append(r.Results, result{
			Policy: c.name, Scores: one.run.Scores,
			ShortageMinutesFast: &one.fast.Scores.ShortageMinutes, ShortageMinutesSlow: &one.slow.Scores.ShortageMinutes,
		})
	}
	p.End()
	if q.tuned {
		var err error
		if r.Tuning, err = q.tune(r, h, all.candidates[0], p); err != nil {
			return err
		}
	}
	if q.timeline {
		r.History = newTimeline(h, r.runs)
	}
	return nil
}

// runOf runs a policy with the measured, with fast, and with slow starts.
func (q *question) runOf(h *backtest.History, c *candidate) (*runOf, error) {
	start := h.StartUpTime()
	fast, slow := start.Median, start.Median
	if h.StartUp.Count > 0 {
		fast, slow = seconds(h.StartUp.P10), seconds(h.StartUp.P90)
	}
	one := &runOf{candidate: c, recorder: q.newRecorder(h)}
	var watch func(*sim.Step)
	if one.recorder != nil {
		one.recorder.Explain(c.spec)
		watch = one.recorder.Add
	}
	for _, variant := range []struct {
		into  **backtest.Run
		start *plant.Duration
		watch func(*sim.Step)
	}{{&one.run, nil, watch}, {&one.fast, &plant.Duration{Median: fast}, nil}, {&one.slow, &plant.Duration{Median: slow}, nil}} {
		run, err := backtest.Replay(h, c.spec, backtest.Options{Price: q.price, StartUp: variant.start, Watch: variant.watch})
		if err != nil {
			return nil, err
		}
		*variant.into = run
	}
	return one, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// manifest is the policy of a candidate as YAML.
func manifest(c *candidate) string {
	text, err := yaml.Marshal(&importer.Autoscaler{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "HorizontalAutoscaler"},
		Metadata: importer.Metadata{Name: c.autoscaler.Name, Namespace: c.autoscaler.Namespace}, Spec: c.autoscaler.Spec,
	})
	if err != nil {
		return "" // the object was read from YAML
	}
	return string(text)
}

package backtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

// subject reads the object of the flags, or that of a recording.
func (q *question) subject(command *cobra.Command, saved *recording, now time.Time) (*subject, error) {
	switch {
	case q.file != "":
		text, err := q.file.Read(command.InOrStdin())
		if err != nil {
			return nil, err
		}
		s, err := readSubject(text, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.file, err)
		}
		return s, q.setNamespace(s)
	case q.name != "":
		return q.live(command, now)
	default:
		s, err := newSubject(saved.Object, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.from, err)
		}
		s.autoscaler.Namespace = saved.Namespace
		return s, nil
	}
}

// setNamespace sets the namespace of an object without one to that of the flags or of the kubeconfig.
func (q *question) setNamespace(s *subject) (err error) {
	if s.autoscaler.Namespace == "" && q.prometheus != "" {
		s.autoscaler.Namespace, err = q.cluster.Namespace()
	}
	return err
}

// live reads the object of a cluster.
func (q *question) live(command *cobra.Command, now time.Time) (*subject, error) {
	kind, name, found := strings.Cut(q.name, "/")
	if !found {
		kind, name = "horizontalautoscaler", q.name
	}
	document, err := q.cluster.Object(command.Context(), kind, name)
	if err != nil {
		return nil, err
	}
	return newSubject(document, now)
}

// policies are those of the flags. The first has the name of the object.
func (q *question) policies(object *subject, saved *recording, now time.Time) (*policies, error) {
	first := &candidate{name: object.autoscaler.Name, autoscaler: object.autoscaler}
	if first.name == "" {
		first.name = "policy"
	}
	all := &policies{candidates: []*candidate{first}}
	for _, name := range q.against {
		other, err := first.versus(name, now)
		if err != nil {
			return nil, fmt.Errorf("--against: Invalid value: %w", err)
		}
		all.candidates = append(all.candidates, other)
	}
	var err error
	if all.actual, err = q.actualPolicy(object, saved, first, now); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, c := range append(all.candidates, all.actual) {
		dropped, err := c.dropRefused(&q.kinds, q.namespaceLabel)
		if err != nil {
			return nil, err
		}
		for _, d := range dropped {
			if !seen[d.Metric] {
				seen[d.Metric] = true
				all.refused = append(all.refused, d)
			}
		}
	}
	return all, all.unique()
}

// actualPolicy is the policy that ran: that of --actual, of the recording, or of the object.
func (q *question) actualPolicy(object *subject, saved *recording, first *candidate, now time.Time) (*candidate, error) {
	if q.actual != "" {
		c, err := first.versus(q.actual, now)
		if err != nil {
			return nil, fmt.Errorf("--actual: Invalid value: %w", err)
		}
		return c, nil
	}
	ran := object
	if saved != nil {
		recorded, err := newSubject(saved.Object, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.from, err)
		}
		recorded.autoscaler.Namespace = saved.Namespace
		ran = recorded
	}
	c := &candidate{name: ran.kind + " " + ran.autoscaler.Name, autoscaler: ran.autoscaler.DeepCopy(), upstream: ran.upstream}
	return c, nil
}

// unique returns an error if two policies have the same name.
func (p *policies) unique() error {
	seen := map[string]bool{}
	for _, c := range p.candidates {
		if seen[c.name] {
			return errors.New("--against: Duplicate value: " + c.name + ": name each policy once")
		}
		seen[c.name] = true
	}
	return nil
}

func title(m *engine.Metric) string { return history.Title(m) }

// seriesOf is the series of a metric; nil where the recording has none.
func (r *recording) seriesOf(m *engine.Metric) *plannedSeries {
	for i := range r.Series {
		if r.Series[i].Key == history.Key(m) {
			return &r.Series[i]
		}
	}
	return nil
}

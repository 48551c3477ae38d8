package page

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/doctor"
)

const (
	// surveyKept is how long a survey is shown again, and surveyTime how long a page waits for one.
	surveyKept, surveyTime = 10 * time.Second, 3 * time.Second
	// maxSurveys are kept at a time.
	maxSurveys = 32
)

// surveyed are the kinds that a page reads of a namespace, by the names that the doctor has for them. A kind that the reader may not list is
// left out.
var surveyed = []struct {
	name string
	kind schema.GroupResource
}{
	{"horizontalpodautoscalers", schema.GroupResource{Group: "autoscaling", Resource: "horizontalpodautoscalers"}},
	{"horizontalautoscalers.autoscaling.flyball.dev", schema.GroupResource{Group: "autoscaling.flyball.dev", Resource: "horizontalautoscalers"}},
	{"deployments", schema.GroupResource{Group: "apps", Resource: "deployments"}},
	{"statefulsets", schema.GroupResource{Group: "apps", Resource: "statefulsets"}},
	{"replicasets", schema.GroupResource{Group: "apps", Resource: "replicasets"}},
	{"replicationcontrollers", schema.GroupResource{Resource: "replicationcontrollers"}},
	{"pods", schema.GroupResource{Resource: "pods"}},
	{"pods.metrics.k8s.io", schema.GroupResource{Group: "metrics.k8s.io", Resource: "pods"}},
	{"poddisruptionbudgets", schema.GroupResource{Group: "policy", Resource: "poddisruptionbudgets"}},
}

// errNotAllowed and errNotSurveyed are reasons of kinds that were not read.
var (
	errNotAllowed  = errors.New("you may not list them")
	errNotSurveyed = errors.New("the page does not read them; flyball doctor does")
)

// surveys are the last reports. Readers with the same rights share one.
type surveys struct {
	mu   sync.Mutex
	kept map[string]report
}

type report struct {
	*doctor.Report
	until time.Time
}

// examine returns the doctor's report about a namespace from what the reader may list; nil without a survey.
func (p *page) examine(ctx context.Context, reader Reader, namespace string) (*doctor.Report, error) {
	if p.Survey == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	refused, key := map[string]error{}, namespace
	for _, s := range surveyed {
		allowed, err := reader.MayListKind(ctx, s.kind, namespace)
		if err != nil {
			return nil, err
		}
		if !allowed {
			refused[s.name] = errNotAllowed
			key += " " + s.name
		} else {
			refused[s.name] = nil
		}
	}
	if kept := p.surveys.find(key, p.Now()); kept != nil {
		return kept, nil
	}
	snapshot, err := p.Survey(ctx, namespace, func(kind string) error {
		if reason, known := refused[kind]; known {
			return reason
		}
		return errNotSurveyed
	})
	if err != nil {
		return nil, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	found := doctor.Examine(snapshot)
	p.surveys.keep(key, found, p.Now())
	return found, nil
}

func (s *surveys) find(key string, now time.Time) *doctor.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, found := s.kept[key]; found && now.Before(kept.until) {
		return kept.Report
	}
	return nil
}

func (s *surveys) keep(key string, found *doctor.Report, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= maxSurveys || s.kept == nil {
		s.kept = map[string]report{}
	}
	s.kept[key] = report{found, now.Add(surveyKept)}
}

// findingsOf are the findings of a report about an object.
func findingsOf(r *doctor.Report, object doctor.Object) []doctor.Finding {
	var found []doctor.Finding
	for i := range r.Findings {
		if r.Findings[i].Object == object {
			found = append(found, r.Findings[i])
		}
	}
	return found
}

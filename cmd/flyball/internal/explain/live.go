package explain

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/cmd/internal/version"
)

// explainLive explains the last decision about an object of the cluster.
func explainLive(command *cobra.Command, from *cluster.Cluster, name string, format *output.Format) error {
	ctx := command.Context()
	if format.Is("bundle") {
		text, err := from.Bundle(ctx, name)
		if err != nil {
			return err
		}
		_, err = command.OutOrStdout().Write(text)
		return err
	}
	found, err := from.Autoscaler(ctx, name)
	if err != nil {
		return err
	}
	r, err := reportOf(found)
	if err != nil {
		return err
	}
	page, generation := r.page(), observed(found)
	if last, err := lastDecision(ctx, from, name); err != nil {
		note(command.ErrOrStderr(), "Note: the figures are those of the status, %s old: %v", duration.HumanDuration(time.Since(r.Time)), err)
	} else {
		// The conditions of the object are those of now, and some are not about the decision.
		last.report.Conditions, last.report.Decided, last.report.Same = r.Conditions, nil, nil
		last.report.Source = sourceAutoscaler
		r, page, generation = &last.report, last.pageWith(found.Status.Conditions), last.generation
	}
	if generation < found.Generation {
		note(command.ErrOrStderr(), "Warning: the spec has changed since this decision")
	}
	return format.Print(command.OutOrStdout(), r, page)
}

// note prints a line beside the answer, which is complete without it.
func note(errOut io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(errOut, format+"\n", args...)
}

// lastDecision replays the last decision from the autoscaler's memory. The error is why it cannot.
func lastDecision(ctx context.Context, from *cluster.Cluster, name string) (*replayed, error) {
	ctx, cancel := context.WithTimeout(ctx, cluster.MemoryTimeout)
	defer cancel()
	text, err := from.Bundle(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("reading the autoscaler's bundle with flyball %s: %w", version.String(), err)
	}
	last, err := replay(b)
	if err != nil {
		return nil, fmt.Errorf("replaying the autoscaler's bundle with flyball %s: %w", version.String(), err)
	}
	if same := last.report.Same; same != nil && !*same {
		return nil, fmt.Errorf("flyball %s decides %d replicas where the autoscaler decided %d; use the flyball of the autoscaler's version",
			version.String(), last.report.Desired, *last.report.Decided)
	}
	return last, nil
}

// pageWith is the page of the decision with the conditions of the object.
func (r *replayed) pageWith(conditions []metav1.Condition) string {
	p := explain.NewPage(r.spec, r.decision)
	p.Conditions = conditions
	return p.String()
}

// observed is the generation of the spec that the status is about.
func observed(a *v1alpha1.HorizontalAutoscaler) int64 {
	if a.Status.ObservedGeneration == nil {
		return a.Generation
	}
	return *a.Status.ObservedGeneration
}

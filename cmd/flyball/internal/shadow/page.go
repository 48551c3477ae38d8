package shadow

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// page is the report as text.
func (r *report) page() string {
	var text strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&text, "%-16s"+format+"\n", append([]any{name}, args...)...)
	}
	line("Autoscaler", "%s/%s", r.Namespace, r.Name)
	line("Target", "%s, %d replicas; the autoscaler decides %d", r.Reference, r.Current, r.Desired)
	if r.Reason != "" {
		line("Reason", "%s", r.Reason)
	}
	line("Compared", "%s since %s", human(r.ObservedSeconds), r.Since.Format(time.RFC3339))
	line("Agreed", "%.2f %% of the time; %s", 100*r.Agreed, output.Count(int(r.Differences), "difference"))
	if d := r.LastDifference; d != nil {
		line("Last", "%s: decided %d, the target had %d: %s", d.Time.UTC().Format(time.RFC3339), d.DesiredReplicas, d.Replicas, d.Cause)
	}
	text.WriteString("\n")
	text.WriteString(output.Table([]string{"", "Pod-Hours", "Short Pod-Hours", "Short For"}, [][]any{
		{"autoscaler", fmt.Sprintf("%.1f", r.Autoscaler.PodHours), fmt.Sprintf("%.1f", r.Autoscaler.ShortPodHours), human(r.Autoscaler.ShortSeconds)},
		{"target", fmt.Sprintf("%.1f", r.Target.PodHours), fmt.Sprintf("%.1f", r.Target.ShortPodHours), human(r.Target.ShortSeconds)},
	}))
	if len(r.Causes) > 0 {
		text.WriteString("\n" + output.Table([]string{"Cause", "Differences", "Time", "Largest", "Pod-Hours", "Explanation"}, r.causeRows()))
	}
	fmt.Fprintf(&text, "\nRecommendation: %s\n", r.Recommendation)
	return text.String()
}

func (r *report) causeRows() [][]any {
	rows := make([][]any, len(r.Causes))
	for i := range r.Causes {
		c := &r.Causes[i]
		rows[i] = []any{c.Name, c.Differences, human(c.Seconds), fmt.Sprintf("%+d", c.Largest), fmt.Sprintf("%+.1f", c.PodHours), c.Explanation}
	}
	return rows
}

func human(seconds int64) string {
	return duration.HumanDuration(time.Duration(seconds) * time.Second)
}

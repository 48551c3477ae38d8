package differential

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

// describe prints a mismatch with all that is needed to reproduce it.
func (m *mismatch) describe(seed uint64) string {
	var out strings.Builder
	fmt.Fprintf(&out, "After shrinking: %s\nThe whole sequence: CGO_ENABLED=0 go test ./differential -seed=%d\n\n", m.problem, seed)
	out.WriteString(inYAML(&m.played.Spec))
	fmt.Fprintf(&out, "flags: %+v\nreplicas at first: %d\n", m.played.Flags, m.played.Replicas)
	for i := range m.played.Steps {
		describeStep(&out, i, &m.played.Steps[i])
	}
	if m.expected != nil {
		fmt.Fprintf(&out, "\nupstream: %s\nours:     %s\n", m.expected, m.ours)
	}
	if m.view != nil {
		fmt.Fprintf(&out, "\nour decision without corrections:\n%s", explain.Text(&m.twin.exact, &m.view.exact))
		fmt.Fprintf(&out, "\nour decision with them:\n%s", explain.Text(&m.twin.corrected, &m.view.corrected))
		fmt.Fprintf(&out, "\nstate before: %+v\n", describeState(m.view))
	}
	return out.String()
}

func inYAML(spec any) string {
	text, err := yaml.Marshal(spec)
	if err != nil {
		return err.Error() + "\n"
	}
	return string(text)
}

func describeStep(out *strings.Builder, i int, s *Step) {
	fmt.Fprintf(out, "step %d, %s later: status.replicas %d", i, s.After, s.StatusReplicas)
	say := func(when bool, format string, args ...any) {
		if when {
			fmt.Fprintf(out, ", "+format, args...)
		}
	}
	say(s.Restart, "after a restart")
	say(s.Replicas != nil, "manually scaled to %d", value(s.Replicas))
	say(s.Selector != "app=web", "selector %q", s.Selector)
	say(s.SecondSelector != "", "a second autoscaler selects %q", s.SecondSelector)
	say(s.Unreadable, "the scale cannot be read")
	say(s.Conflicts > 0, "%d conflicts", s.Conflicts)
	say(s.Unwritable, "the write fails")
	out.WriteString("\n")
	if s.Spec != nil {
		out.WriteString("  the spec becomes\n    " + strings.ReplaceAll(strings.TrimSpace(inYAML(s.Spec)), "\n", "\n    ") + "\n")
	}
	for j := range s.Readings {
		r := &s.Readings[j]
		fmt.Fprintf(out, "  metric %d: fails %t, series %v, strays %v, %d samples\n", j, r.Fails, r.Series, r.Strays, len(r.Samples))
	}
	for _, pod := range s.Pods {
		describePod(out, s, pod)
	}
}

func value(x *int32) int32 {
	if x == nil {
		return 0
	}
	return *x
}

func describePod(out *strings.Builder, s *Step, pod *corev1.Pod) {
	fmt.Fprintf(out, "  pod %s %v: %s", pod.Name, pod.Labels, pod.Status.Phase)
	if pod.DeletionTimestamp != nil {
		out.WriteString(", deleting")
	}
	if pod.Status.StartTime != nil {
		fmt.Fprintf(out, ", started %s", pod.Status.StartTime.UTC().Format("15:04:05"))
	}
	for _, c := range pod.Status.Conditions {
		fmt.Fprintf(out, ", %s %s since %s", c.Type, c.Status, c.LastTransitionTime.UTC().Format("15:04:05"))
	}
	for i := range s.Readings {
		if sample, found := s.Readings[i].Samples[pod.Name]; found {
			fmt.Fprintf(out, ", metric %d: %dm at %s over %s", i, sample.Value, sample.Time.UTC().Format("15:04:05"), sample.Window)
		}
	}
	for _, c := range pod.Spec.Containers {
		cpu, memory := c.Resources.Requests["cpu"], c.Resources.Requests["memory"]
		fmt.Fprintf(out, ", %s requests cpu %s memory %s", c.Name, cpu.String(), memory.String())
	}
	out.WriteString("\n")
}

func describeState(v *view) string {
	s := v.before
	var parts []string
	for _, r := range s.Recommendations {
		parts = append(parts, fmt.Sprintf("recommended %d %s ago", r.Replicas, v.now.Sub(r.Time)))
	}
	add := func(sign string, events []engine.ScaleEvent) {
		for _, e := range events {
			parts = append(parts, fmt.Sprintf("%s%d %s ago", sign, e.Change, v.now.Sub(e.Time)))
		}
	}
	add("+", s.Ups)
	add("-", s.Downs)
	return fmt.Sprintf("%s; scaled to zero: %t", strings.Join(parts, ", "), s.ScaledToZero)
}

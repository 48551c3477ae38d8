package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// page is the report as text: a table of the findings, a paragraph about each, and why each autoscaler has its count.
func page(r *doctor.Report, why bool) string {
	var b strings.Builder
	if len(r.Findings) == 0 {
		fmt.Fprintf(&b, "Nothing found in %s.\n", output.Count(len(r.Autoscalers), "autoscaler"))
	} else {
		rows := make([][]any, len(r.Findings))
		for i := range r.Findings {
			f := &r.Findings[i]
			rows[i] = []any{f.Severity, f.ID, output.OrDash(f.Object.Namespace), f.Object.String()}
		}
		b.WriteString(output.Table([]string{"Severity", "Check", "Namespace", "Object"}, rows))
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		fmt.Fprintf(&b, "\n%s %s: %s\n  seen  %s\n  harm  %s\n  fix   %s\n", f.Severity, f.ID, place(f.Object), f.Seen, f.Harm, f.Fix.Text)
		if f.Fix.Command != "" {
			fmt.Fprintf(&b, "        %s\n", f.Fix.Command)
		}
	}
	if why {
		for i := range r.Autoscalers {
			writeWhy(&b, &r.Autoscalers[i])
		}
	}
	return b.String()
}

func writeWhy(b *strings.Builder, a *doctor.Autoscaler) {
	fmt.Fprintf(b, "\n%s: %s\n  target  %s", place(a.Object), a.Reason, a.Target)
	if a.Replicas != nil {
		fmt.Fprintf(b, ", %d replicas", *a.Replicas)
	}
	fmt.Fprintf(b, ", min %d, max %d\n", a.Min, a.Max)
	for _, step := range a.Steps {
		fmt.Fprintf(b, "  %s\n", step)
	}
}

func place(o doctor.Object) string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// notes name what was not read.
func notes(r *doctor.Report) []string {
	var lines []string
	for _, resource := range slices.Sorted(maps.Keys(r.NotRead)) {
		lines = append(lines, fmt.Sprintf("Note: %s were not read, and checks that need them found nothing: %s", resource, r.NotRead[resource]))
	}
	return lines
}

// counts are those of the findings by severity.
func counts(r *doctor.Report) string {
	n := map[doctor.Severity]int{}
	for i := range r.Findings {
		n[r.Findings[i].Severity]++
	}
	text := output.Count(n[doctor.Error], "error") + ", " + output.Count(n[doctor.Warning], "warning")
	return text + " in " + output.Count(len(r.Autoscalers), "autoscaler")
}

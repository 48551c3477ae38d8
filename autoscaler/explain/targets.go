package explain

import (
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// Targets writes each metric as current/target, for a column: "cpu: 73%/80%, http_requests: 90/100". A metric without a value
// is <unknown>.
func Targets(spec *engine.Spec, d *engine.Decision) string {
	columns := make([]string, len(spec.Metrics))
	for i := range spec.Metrics {
		m := &spec.Metrics[i]
		current := "<unknown>"
		if i < len(d.Proposals) && d.Proposals[i].Known {
			current = amount(m, d.Proposals[i].Current)
		}
		columns[i] = name(spec, i) + ": " + current + "/" + amount(m, m.Target)
	}
	return strings.Join(columns, ", ")
}

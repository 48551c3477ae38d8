package top

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// report is the answer as JSON.
type report struct {
	// Source is autoscaler, or status for rows of the statuses.
	Source string        `json:"source"`
	Items  []summary.Row `json:"items"`
}

// print prints rows of an answer, in the order of the flag. A table has its header at first only.
func (q *question) print(from *cluster.Summary, rows []summary.Row, first bool) error {
	q.order.sort(rows)
	r := report{Source: "autoscaler", Items: rows}
	if from.Cause != nil {
		r.Source = "status"
	}
	if r.Items == nil {
		r.Items = []summary.Row{}
	}
	if q.format.Is("yaml") && !first {
		if _, err := fmt.Fprintln(q.out, "---"); err != nil {
			return err
		}
	}
	text := q.table(rows, first)
	if q.format.Is("name") {
		text = names(rows)
	}
	return q.format.Print(q.out, r, text)
}

// names are those that kubectl takes.
func names(rows []summary.Row) string {
	var text strings.Builder
	for i := range rows {
		text.WriteString("horizontalautoscaler.autoscaling.flyball.dev/" + rows[i].Name + "\n")
	}
	return text.String()
}

func (q *question) table(rows []summary.Row, header bool) string {
	columns := []string{"Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Desired", "Limit", "Sample Age", "Last Scale"}
	if q.allNamespaces {
		columns = append([]string{"Namespace"}, columns...)
	}
	cells := make([][]any, len(rows))
	now := q.now()
	for i := range rows {
		r := &rows[i]
		cells[i] = []any{
			r.Name, r.Reference, orNone(r.Targets), bound(r.Min), bound(r.Max), replicas(r, r.Current), replicas(r, r.Desired), orNone(r.Limit), age(r.SampleTime, now, "<unknown>"),
			age(r.LastScaleTime, now, "<none>"),
		}
		if q.allNamespaces {
			cells[i] = append([]any{r.Namespace}, cells[i]...)
		}
	}
	text := output.Table(columns, cells)
	if !header {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

func orNone(text string) string {
	if text == "" {
		return "<none>"
	}
	return text
}

func bound(n *int32) string {
	if n == nil {
		return "<unknown>"
	}
	return fmt.Sprint(*n)
}

func age(t *time.Time, now time.Time, without string) string {
	if t == nil {
		return without
	}
	return duration.HumanDuration(max(0, now.Sub(*t)))
}

// replicas is a count, which a target that was not read does not have.
func replicas(r *summary.Row, count int32) any {
	if r.ReplicasUnknown {
		return "<unknown>"
	}
	return count
}

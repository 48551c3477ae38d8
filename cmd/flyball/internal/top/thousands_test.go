package top

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// thousands returns a question about 10,000 autoscalers, of which each fifth has a limit.
func thousands(format string, out *strings.Builder) *question {
	const n = 10_000
	q := &question{format: output.NewFormat(format), allNamespaces: true, order: "replicas", now: func() time.Time { return time.Unix(1_800_000_000, 0) }, out: out, errOut: out}
	q.read = func(context.Context) (*cluster.Summary, error) {
		rows := make([]summary.Row, n)
		for i := range rows {
			rows[i] = summary.Row{
				Namespace: fmt.Sprintf("team-%02d", i%100), Name: fmt.Sprintf("web-%05d", i), Reference: "Deployment/web", Mode: "Enforce", Current: int32(i * 7919 % n),
				Desired: 3, Min: new(int32(1)), Max: new(int32(n)), Targets: "cpu: 50%/60%", SampleTime: new(time.Unix(1_799_999_990, 0)),
			}
			if i%5 == 0 {
				rows[i].Limit = "TooManyReplicas"
			}
		}
		found := &cluster.Summary{Rows: rows, Total: n}
		return found, q.filter.apply(found)
	}
	return q
}

// TestTenThousandRows are sorted, filtered and aligned.
func TestTenThousandRows(t *testing.T) {
	var out strings.Builder
	q := thousands("table", &out)
	q.filter.fields = "limit=TooManyReplicas,metadata.namespace!=team-05"
	if err := q.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	const header = "NAMESPACE   NAME        REFERENCE        TARGETS        MINPODS   MAXPODS   REPLICAS   DESIRED   LIMIT             SAMPLE AGE   LAST SCALE\n"
	const first = "team-10     web-03210   Deployment/web   cpu: 50%/60%   1         10000     9990       3         TooManyReplicas   10s          <none>\n"
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 1+1900+1 || lines[0] != header || !strings.Contains(out.String(), first) {
		t.Errorf("%d lines, of which the first are\n%s%s%s", len(lines)-1, lines[0], lines[1], lines[2])
	}
}

func BenchmarkTenThousandRows(b *testing.B) {
	for _, format := range []string{"table", "json"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				var out strings.Builder
				if err := thousands(format, &out).once(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

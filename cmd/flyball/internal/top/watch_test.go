package top

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// TestWatchPrintsWhatChanges: a row is printed again for its replicas, bounds or limit, not for a value, an age or another source.
func TestWatchPrintsWhatChanges(t *testing.T) {
	row := func(name string, replicas int32, targets, limit string) summary.Row {
		return summary.Row{Namespace: "shop", Name: name, Reference: "Deployment/" + name, Current: replicas, Desired: replicas, Min: new(int32(1)), Max: new(int32(9)), Targets: targets, Limit: limit}
	}
	status := row("web", 5, "cpu: 50%/60%", "")
	status.Min, status.Max = nil, nil
	failed := errors.New("the leader does not answer")
	answers := []struct {
		rows  []summary.Row
		cause error
		err   error
	}{
		{rows: []summary.Row{row("api", 3, "cpu: 50%/60%", ""), row("web", 4, "cpu: 60%/60%", "")}},
		{rows: []summary.Row{row("api", 3, "cpu: 55%/60%", ""), row("web", 5, "cpu: 70%/60%", "")}},
		{err: failed},
		{rows: []summary.Row{status}, cause: failed},
		{rows: []summary.Row{status}, cause: failed},
		{rows: []summary.Row{row("api", 3, "cpu: 50%/60%", "TooManyReplicas"), row("web", 5, "cpu: 50%/60%", ""), row("zoo", 1, "cpu: 1%/60%", "")}},
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(len(answers))*watchPeriod-time.Second)
		defer stop()
		var out, errOut strings.Builder
		next := 0
		q := question{
			format: output.NewFormat("table"), now: time.Now, out: &out, errOut: &errOut,
			read: func(context.Context) (*cluster.Summary, error) {
				a := answers[next]
				next++
				return &cluster.Summary{Rows: a.rows, Total: len(a.rows), Cause: a.cause}, a.err
			},
		}
		if err := q.follow(ctx); err != nil || next != len(answers) {
			t.Errorf("%v after %d answers", err, next)
		}
		const want = `NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS DESIRED LIMIT SAMPLE AGE LAST SCALE
api Deployment/api cpu: 50%/60% 1 9 3 3 <none> <unknown> <none>
web Deployment/web cpu: 60%/60% 1 9 4 4 <none> <unknown> <none>
web Deployment/web cpu: 70%/60% 1 9 5 5 <none> <unknown> <none>
api Deployment/api cpu: 50%/60% 1 9 3 3 TooManyReplicas <unknown> <none>
zoo Deployment/zoo cpu: 1%/60% 1 9 1 1 <none> <unknown> <none>
`
		if diff := cmp.Diff(want, columns(out.String())); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
		const notes = "Note: no answer; trying again in 5s: the leader does not answer\n" +
			"Note: the figures are those of the statuses, up to 0s old: the leader does not answer\n"
		if diff := cmp.Diff(notes, errOut.String()); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// TestWatchBySelectors: a row that a selector matches no longer and then again is printed again, also with the same figures. An answer that
// lacks rows is no reason to print them again.
func TestWatchBySelectors(t *testing.T) {
	row := func(name, limit string) summary.Row {
		return summary.Row{Namespace: "shop", Name: name, Reference: "Deployment/" + name, Mode: "Enforce", Current: 9, Desired: 9, Min: new(int32(1)), Max: new(int32(9)), Targets: "cpu: 90%/60%", Limit: limit}
	}
	for name, tc := range map[string]struct {
		fields  string
		answers [][]summary.Row
		missing int // in the answers after the first one
		want    string
	}{
		"a limit that comes and goes": {
			fields: "limit!=",
			answers: [][]summary.Row{
				{row("api", ""), row("web", "TooManyReplicas")},
				{row("api", "TooManyReplicas"), row("web", "")},
				{row("api", "TooManyReplicas"), row("web", "TooManyReplicas")},
				{row("api", "TooManyReplicas"), row("web", "TooManyReplicas")},
			},
			want: "web TooManyReplicas\napi TooManyReplicas\nweb TooManyReplicas\n",
		},
		"one that none matches": {
			fields: "spec.mode=Shadow", answers: [][]summary.Row{{row("api", "")}, {row("api", "TooManyReplicas")}}, want: "",
		},
		"an incomplete answer": {
			fields: "metadata.namespace=shop", answers: [][]summary.Row{{row("api", ""), row("web", "")}, {row("api", "")}, {row("api", ""), row("web", "")}},
			missing: 1, want: "api <none>\nweb <none>\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), time.Duration(len(tc.answers))*watchPeriod-time.Second)
				defer stop()
				var out, errOut strings.Builder
				next := 0
				q := question{format: output.NewFormat("table"), now: time.Now, out: &out, errOut: &errOut, filter: filter{fields: tc.fields}}
				q.read = func(context.Context) (*cluster.Summary, error) {
					found := &cluster.Summary{Rows: tc.answers[next], Total: len(tc.answers[next])}
					if next > 0 {
						found.Total += tc.missing
					}
					next++
					return found, q.filter.apply(found)
				}
				if err := q.follow(ctx); err != nil || next != len(tc.answers) {
					t.Errorf("%v after %d answers", err, next)
				}
				var got strings.Builder
				for i, line := range strings.Split(strings.TrimSpace(columns(out.String())), "\n") {
					if cells := strings.Fields(line); i > 0 {
						_, _ = got.WriteString(cells[0] + " " + cells[8] + "\n") // a strings.Builder accepts every write
					}
				}
				if diff := cmp.Diff(tc.want, got.String()); diff != "" {
					t.Errorf("rows (-want +got):\n%s\n%s", diff, &out)
				}
			})
		})
	}
}

// columns has one space between columns.
func columns(table string) string {
	lines := strings.Split(table, "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Join(lines, "\n")
}

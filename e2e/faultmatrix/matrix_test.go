package faultmatrix

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/audit"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/faults"
	"flyball.dev/flyball/e2e/local"
	"flyball.dev/flyball/e2e/testcluster"
)

// shared is the scene of all faults, which follow one after another.
var shared scene

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "flyball-faults-")
	if err != nil {
		panic(err)
	}
	code := testcluster.Main(m, func(ctx context.Context) error { return start(ctx, folder) })
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func start(ctx context.Context, folder string) error {
	shared.ctx, shared.audit = context.WithoutCancel(ctx), filepath.Join(folder, "audit.log")
	flags, err := audit.Flags(shared.audit)
	if err != nil {
		return err
	}
	shared.cluster, err = testcluster.Start(ctx, local.Options{
		Cluster: cluster.Options{APIServerArgs: flags},
		Values:  map[string]any{"autoscaler": map[string]any{"period": period.String()}, "metricsAdapter": map[string]any{"refreshPeriod": period.String()}},
		Through: func(url string) (map[string]any, error) {
			var err error
			if shared.prometheus, err = faults.Start("127.0.0.1:0", url); err != nil {
				return nil, err
			}
			server := map[string]any{"name": "default", "url": shared.prometheus.URL, "timeout": "2s"}
			return map[string]any{"url": "", "servers": []any{server}}, nil
		},
	})
	if err != nil {
		return err
	}
	return shared.throughAPIProxy()
}

// TestFaults plays each fault alone. The short form has one of each class.
func TestFaults(t *testing.T) {
	testcluster.Skip(t)
	var rows []row
	for _, f := range matrix() {
		if !f.short && !*testcluster.Long {
			continue
		}
		t.Run(strings.ReplaceAll(f.class+" "+f.name, " ", "_"), func(t *testing.T) {
			rows = append(rows, row{&f, verdict(t, &f)})
		})
	}
	t.Log("\n" + table(rows))
}

var (
	pairs = flag.Int("pairs", 0, "number of random pairs of faults")
	seed  = flag.Uint64("seed", 1, "seed of the first random pair; the next pair has the next seed")
)

// TestPairs plays random pairs of faults. Of one that fails it plays the parts, and names the smallest that fails, too.
func TestPairs(t *testing.T) {
	testcluster.Skip(t)
	var rows []row
	for i := range uint64(*pairs) {
		p := randomPair(*seed+i, matrix())
		t.Run(fmt.Sprintf("seed_%d", *seed+i), func(t *testing.T) {
			t.Log(p.String())
			f := p.fault()
			rows = append(rows, row{f, verdict(t, f)})
			if !t.Failed() {
				return
			}
			for _, part := range p.smaller() {
				if !t.Run("part", func(t *testing.T) { verdict(t, part) }) {
					t.Logf("the smallest part that fails: %s %s; again: make faults PAIRS=1 SEED=%d", part.class, part.name, *seed+i)
					return
				}
			}
		})
	}
	if len(rows) > 0 {
		t.Log("\n" + table(rows))
	}
}

// verdict plays a fault and reports what is wrong.
func verdict(t *testing.T, f *fault) result {
	t.Helper()
	s := &shared
	if err := s.create(s.cluster.Namespace(t, "fault")); err != nil {
		t.Fatal(err)
	}
	r, err := s.play(f)
	if s.after != nil {
		if err := s.after(); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, s.autoscaler.LogEnd(15))
	}
	for _, finding := range r.all() {
		t.Error(finding)
	}
	if r.unnamed != "" {
		t.Errorf("no condition names the fault; seen: %s", r.unnamed)
	}
	return r
}

// row is a line of the table.
type row struct {
	fault  *fault
	result result
}

// table returns the results as docs/reliability.md has them.
func table(rows []row) string {
	var b strings.Builder
	_, _ = fmt.Fprintln(&b, "| class | fault | wrong scale-ins | bounds broken | windows lost or doubled | second writers | first decision after its end | named by |")
	_, _ = fmt.Fprintln(&b, "|---|---|---|---|---|---|---|---|")
	var recoveries []time.Duration
	for _, r := range rows {
		named := "not reported"
		if c := &r.fault.named; c.kind != "" {
			named = fmt.Sprintf("`%s` %s, `%s`", c.kind, c.status, c.reason)
		}
		_, _ = fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %.1f s | %s |\n", r.fault.class, r.fault.name, len(r.result.scaleIns), len(r.result.bounds),
			len(r.result.windows), len(r.result.writers), r.result.recovery.Seconds(), named)
		recoveries = append(recoveries, r.result.recovery)
	}
	if len(recoveries) > 0 {
		slices.Sort(recoveries)
		_, _ = fmt.Fprintf(&b, "\nFirst decision after the end of a fault: median %.1f s, longest %.1f s, over %d faults.\n",
			recoveries[len(recoveries)/2].Seconds(), recoveries[len(recoveries)-1].Seconds(), len(recoveries))
	}
	return b.String()
}

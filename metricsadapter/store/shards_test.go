package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("team-%03d", i)
	}
	return names
}

// served returns the number of rows that a reader gets for each namespace, or -1 for an error.
func served(t *testing.T, s *Store, namespaces ...string) map[string]int {
	t.Helper()
	got := map[string]int{}
	answer := s.Read(t.Context(), wants(namespaces...))[0]
	for _, namespace := range namespaces {
		got[namespace] = -1
		if table, err := answer.ForNamespace(namespace).Fresh(time.Now(), time.Minute); err == nil {
			got[namespace] = len(table.Namespace(namespace))
		}
	}
	return got
}

func TestTooLargeAnswerIsShardedByNamespacesRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(2, numbered(30)...)
		p.most = 20
		s := open(t, p)
		got := served(t, s, "team-003", "team-007", "team-999")
		if diff := cmp.Diff(map[string]int{"team-003": 2, "team-007": 2, "team-999": 0}, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		want := []string{
			`sum by (namespace, pod) (x)`,
			`sum by (namespace, pod) (x{namespace=~"team-003|team-007|team-999"})`,
		}
		var asked []string
		for _, q := range p.since(time.Time{}) {
			asked = append(asked, q.query)
		}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("queries (-want +got):\n%s", diff)
		}
		if _, err := s.Read(t.Context(), wants())[0].ForNamespace("").Fresh(time.Now(), time.Minute); err == nil || !strings.Contains(err.Error(),
			"only single namespaces can be read, because the query for all namespaces fails: the answer has more than 20 series") {
			t.Errorf("all namespaces give the error %v", err)
		}
		begin := time.Now()
		if table := read(t, s, "team-011"); len(table.Namespace("team-011")) != 2 || time.Since(begin) > time.Second {
			t.Errorf("a namespace that is new gave %d rows after %s", table.Len(), time.Since(begin))
		}
	})
}

func TestOnlyTheFailingNamespaceIsUnknown(t *testing.T) {
	names := numbered(50)
	for _, test := range []struct {
		name  string
		set   func(p *fakePrometheus, on bool)
		after time.Duration
		want  string
	}{
		{"too many series", func(p *fakePrometheus, on bool) {
			p.most = 0
			if on {
				p.most = 25 // team-017 alone has 32
			}
		}, 5 * time.Second, "the answer has more than 25 series"},
		{"an evaluation fails", func(p *fakePrometheus, on bool) {
			p.fails = nil
			if on {
				p.fails = func(query string) error {
					if !strings.Contains(query, "namespace") || strings.Contains(query, "team-017") || !strings.Contains(query, "team-") {
						return prom.NewError(prom.LimitExceeded, errors.New("found duplicate series"))
					}
					return nil
				}
			}
		}, 5 * time.Second, "found duplicate series"},
		{"a timeout", func(p *fakePrometheus, on bool) {
			p.slow = nil
			if on {
				p.slow = func(query string) time.Duration {
					if strings.Contains(query, "team-017") || !strings.Contains(query, "team-") {
						return 30 * time.Second
					}
					return 10 * time.Millisecond
				}
			}
		}, 4 * time.Minute, "Prometheus did not respond in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newFakePrometheus()
				p.pods(2, names...)
				for i := range 30 {
					p.scraped(0, 1, "__name__", "x", "namespace", "team-017", "pod", fmt.Sprintf("many-%d", i))
				}
				test.set(p, true)
				s := open(t, p)
				pass(t, s, test.after, names...)
				got := served(t, s, names...)
				for _, name := range names {
					want := 2
					if name == "team-017" {
						want = -1
					}
					if got[name] != want {
						t.Errorf("%s has %d rows, want %d", name, got[name], want)
					}
				}
				_, err := s.Read(t.Context(), wants("team-017"))[0].ForNamespace("team-017").Fresh(time.Now(), time.Minute)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("team-017 gives the error %v, want %q", err, test.want)
				}
				p.change(func() { test.set(p, false) })
				pass(t, s, 5*time.Minute+20*time.Second, names...)
				if got := served(t, s, "team-017")["team-017"]; got != 32 {
					t.Errorf("after it is well again, team-017 has %d rows", got)
				}
			})
		})
	}
}

func TestShardsAreMergedAfterRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		names := numbered(12)
		for _, name := range names {
			p.scrapedFor(0, 3*time.Hour, 1, "__name__", "x", "namespace", name, "pod", "a")
		}
		p.most = 3
		s := open(t, p, func(o *Options) { o.NoSampleTimes = true })
		pass(t, s, 10*time.Second, names...)
		if n := len(s.Entries()[0].Shards); n != 4 {
			t.Fatalf("12 rows of which 3 are allowed at a time are asked for in %d parts", n)
		}
		before := time.Now()
		pass(t, s, 30*time.Minute, names...)
		// The store queries the four shards in each period, and rarely tries to merge them.
		if n := len(p.since(before)); n < 4*179 || n > 4*181+20 {
			t.Errorf("in 180 periods there were %d queries", n)
		}
		p.change(func() { p.most = 0 })
		pass(t, s, 2*time.Hour, names...)
		if e := s.Entries()[0]; e.ShardReason != "" || len(e.Shards) != 1 || e.Shards[0].Rows != 12 {
			t.Errorf("the query is still asked in parts: %s, %+v", e.ShardReason, e.Shards)
		}
	})
}

func TestUnreadNamespacesAreNoLongerQueried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(2, numbered(30)...)
		p.most = 20
		s := open(t, p)
		pass(t, s, time.Minute, "team-001", "team-002", "team-003")
		pass(t, s, 6*time.Minute, "team-002")
		for _, part := range s.Entries()[0].Shards {
			if !slices.Equal(part.Namespaces, []string{"team-002"}) {
				t.Errorf("a part is asked for %v", part.Namespaces)
			}
		}
		if got := served(t, s, "team-001", "team-002")["team-001"]; got != 2 {
			t.Errorf("the one who came back got %d rows", got)
		}
	})
}

func TestUnreadNamespacesAreRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(1, "shop")
		s := open(t, p)
		for i := range 600 { // one hour with a new namespace every 6 s
			s.Read(t.Context(), wants("shop", fmt.Sprintf("preview-%d", i)))
			time.Sleep(6 * time.Second)
		}
		s.mu.Lock()
		e := s.entries[byPod]
		s.mu.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		if n := len(e.lastReads); n < 40 || n > 60 {
			t.Errorf("%d namespaces are known, of which about 50 were read in the last five minutes", n)
		}
	})
}

func TestSlowServerDoesNotCauseSharding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		names := numbered(50)
		p.pods(2, names...)
		s := open(t, p)
		other := []plan.Request{{Query: plan.Query{Text: `count by (namespace) (x)`, Namespace: "namespace"}}}
		s.Read(t.Context(), other)
		pass(t, s, 20*time.Second, names...)
		p.change(func() { p.slow = func(string) time.Duration { return 30 * time.Second } })
		for range 5 {
			pass(t, s, time.Minute, names...)
			s.Read(t.Context(), other)
		}
		for _, e := range s.Entries() {
			if e.ShardReason != "" {
				t.Errorf("%s is asked in parts: %s", e.Query.Text, e.ShardReason)
			}
		}
	})
}

func TestUnshardableQueryReturnsItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newFakePrometheus()
		p.pods(2, numbered(30)...)
		p.most = 20
		merged := plan.Query{Text: `sum by (namespace, pod) (topk(50, x))`, Namespace: "namespace", Object: "pod"}
		answer := open(t, p).Read(t.Context(), []plan.Request{{Query: merged, Namespaces: []string{"team-001"}}})[0].ForNamespace("team-001")
		if answer.Err == nil || answer.Err.Error() != "the answer has more than 20 series" || answer.Table != nil {
			t.Errorf("the answer is %+v", answer)
		}
	})
}

func TestLongNamesNeedMoreShards(t *testing.T) {
	names := make([]string, 401)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%03d", strings.Repeat("n", 59), i)
	}
	e := newEntry(plan.Query{Text: `sum by (namespace) (x) / sum by (namespace) (y)`, Namespace: "namespace"}, true)
	shards, err := e.shardsOf(names)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range shards {
		if len(p.query.Text) > 16<<10 {
			t.Errorf("a shard's query has %d bytes", len(p.query.Text))
		}
		all = append(all, p.namespaces...)
	}
	if diff := cmp.Diff(names, all); diff != "" || len(shards) > 8 {
		t.Errorf("%d shards (-want +got):\n%s", len(shards), diff)
	}
}

package store

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// recorder returns a logger and its lines.
func recorder(t *testing.T) (logger klog.Logger, lines func() []string) {
	t.Helper()
	logger = ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	sink, ok := logger.GetSink().(ktesting.Underlier)
	if !ok {
		t.Fatal("the logger keeps no lines")
	}
	return logger, func() []string {
		var lines []string
		for _, entry := range sink.GetBuffer().Data() {
			lines = append(lines, fmt.Sprint(entry.Type, " ", entry.Message, " ", entry.Err, " ", entry.WithKVList, entry.ParameterKVList))
		}
		return lines
	}
}

func TestOutageAndRecoveryAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		logger, lines := recorder(t)
		store := New(s, Options{Period: 10 * time.Second, Idle: time.Hour, Logger: &logger})
		t.Cleanup(store.Close)
		store.Read(t.Context(), x)
		if got := lines(); len(got) != 0 {
			t.Errorf("without trouble the log has %q", got)
		}
		for range 2 {
			s.breakDown(errors.New("connection refused"))
			time.Sleep(5 * time.Minute)
			s.breakDown(nil)
			time.Sleep(5 * time.Minute)
		}
		got := lines()
		if len(got) != 4 {
			t.Fatalf("two outages are told in %d lines, want 4: %q", len(got), got)
		}
		for i, line := range got {
			want := []string{"ERROR Query failed connection refused", "INFO Query succeeds again"}[i%2]
			if !strings.HasPrefix(line, want) || !strings.Contains(line, "[query x]") {
				t.Errorf("line %d is %q, want %q and the query", i, line, want)
			}
		}
	})
}

// TestShardingIsNotLoggedAsRecovery: the store shards a query that times out. The new shards have no failures yet, but the query
// has not recovered.
func TestShardingIsNotLoggedAsRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		logger, lines := recorder(t)
		store := New(s, Options{Period: 10 * time.Second, Idle: time.Hour, Logger: &logger})
		t.Cleanup(store.Close)
		wants := []plan.Request{{
			Query:      plan.Query{Text: "sum by (namespace, pod) (x)", Namespace: "namespace", Object: "pod"},
			Namespaces: []string{"bank", "shop"},
		}}
		store.Read(t.Context(), wants)
		s.breakDown(prom.NewError(prom.Timeout, errors.New("too slow")))
		for range 120 {
			time.Sleep(time.Second)
			a := store.Read(t.Context(), wants)[0].ForNamespace("shop")
			if _, err := a.Fresh(time.Now(), 15*time.Second); err != nil && a.Err == nil {
				t.Fatalf("an old answer does not say why there is no younger one: %v", err)
			}
		}
		reported := strings.Join(lines(), "\n")
		if strings.Count(reported, "Query failed") != 1 || strings.Count(reported, "Sharded a query by namespace") != 1 || strings.Contains(reported, "again") {
			t.Errorf("the log has\n%s", reported)
		}
	})
}

func TestCloseLogsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, lines := recorder(t)
		store := New(&server{delay: time.Hour}, Options{Logger: &logger})
		go store.Read(t.Context(), x)
		synctest.Wait()
		store.Close()
		if got := lines(); len(got) != 0 {
			t.Errorf("the log has %q", got)
		}
	})
}

// TestStateChangesOfAQueryAreLogged: each letter is one answer: o is a complete one, f a failure, p a partial one, n one with the
// value NaN, e one without elements.
func TestStateChangesOfAQueryAreLogged(t *testing.T) {
	for answers, want := range map[string]string{
		"ooo":    "",
		"fff":    "Query failed",
		"fffooo": "Query failed, Query succeeds again",
		"ppo":    "may be incomplete, Query succeeds again",
		"fpo":    "Query failed, may be incomplete, Query succeeds again",
		"nnn":    "has unusable values",
		"nononf": "has unusable values, Query failed", // unusable values that return are logged once an hour
		"fno":    "Query failed, has unusable values, Query succeeds again",
		"eee":    "", // the query never returned elements
		"oeeoe":  "is empty",
		"ofeo":   "Query failed, is empty, Query succeeds again",
	} {
		t.Run(answers, func(t *testing.T) {
			logger, lines := recorder(t)
			var reported queryLog
			instant := time.Unix(1_700_000_000, 0)
			for _, letter := range answers {
				instant = instant.Add(10 * time.Second)
				reported.log(logger, plan.Query{Text: "x", Server: "long-term"}, answerOf(letter), errorOf(letter), instant)
			}
			got := lines()
			parts := strings.Split(want, ", ")
			if want == "" {
				parts = nil
			}
			if len(got) != len(parts) {
				t.Fatalf("the log has %q, want %q", got, want)
			}
			for i, part := range parts {
				if !strings.Contains(got[i], part) || !strings.Contains(got[i], "long-term") {
					t.Errorf("line %d is %q, want %q and the server", i, got[i], part)
				}
			}
		})
	}
}

func TestUnusableValuesAreLoggedAgainAfterAnHour(t *testing.T) {
	logger, lines := recorder(t)
	var reported queryLog
	instant := time.Unix(1_700_000_000, 0)
	for range 7 { // over an hour and a half
		reported.log(logger, plan.Query{Text: "x"}, answerOf('n'), nil, instant)
		instant = instant.Add(15 * time.Minute)
	}
	if got := lines(); len(got) != 2 {
		t.Errorf("the log has %q, want 2 lines", got)
	}
}

func answerOf(letter rune) *plan.Table {
	value, warning := 1.0, ""
	switch letter {
	case 'f':
		return nil
	case 'e':
		return plan.NewTable(plan.Query{}, nil, "")
	case 'p':
		warning = "a store is away"
	case 'n':
		value = math.NaN()
	}
	return plan.NewTable(plan.Query{}, model.Vector{{Value: model.SampleValue(value)}}, warning)
}

func errorOf(letter rune) error {
	if letter == 'f' {
		return &prom.Error{Kind: prom.Unreachable}
	}
	return nil
}

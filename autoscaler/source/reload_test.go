package source

import (
	"testing"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/rule"
)

// live is rules that a test changes.
type live struct{ *rule.Set }

func (l *live) Rules() *rule.Set { return l.Set }

func TestPlansAreDroppedWithTheirRules(t *testing.T) {
	load := func(text string) *rule.Set {
		loaded, problems, err := rule.Load([]byte(text))
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		set, _ := loaded.Resolve(nil, rule.Builtin)
		return set
	}
	rules := &live{load(`external: [{name: queue, query: "sum by (namespace) (old)"}]`)}
	answers := &backend{time: now, series: map[string]model.Vector{
		"sum by (namespace) (old)": {sample(1, "namespace", "shop")},
		"sum by (namespace) (new)": {sample(2, "namespace", "shop")},
	}}
	d := NewDirect(rules, answers, "namespace")
	metric := &engine.Metric{Type: engine.External, Name: "queue"}
	read := func() engine.Reading {
		return d.Read(t.Context(), []Request{{Namespace: "shop", Metric: metric}}, now)[0]
	}
	if got := read(); got.Value != 1000 {
		t.Errorf("before the change: %+v", got)
	}
	rules.Set = load(`external: [{name: queue, query: "sum by (namespace) (new)"}]`)
	if got := read(); got.Value != 2000 {
		t.Errorf("after the change: %+v", got)
	}
	rules.Set = new(rule.Set)
	if got := read(); got.Problem != "no rule provides metric queue" || d.Serves(&Request{Namespace: "shop", Metric: metric}) {
		t.Errorf("after the rule has gone: %+v", got)
	}
}

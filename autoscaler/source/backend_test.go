package source

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

const rules = `
resources:
  cpu: {containers: {query: "max by (namespace, pod, container) (rate(cpu[2m]))"}}
custom:
- {name: requests, query: "sum by (namespace, pod, code) (rate(requests[1m]))"}
- {name: depth, describes: services, query: "max by (namespace, service) (depth)"}
- {name: spend, describes: namespaces, query: "sum by (namespace) (spend)"}
- {name: heat, describes: nodes, query: "sum by (node) (heat)"}
external:
- {name: queue, query: "sum by (namespace, topic) (queue)"}
- {name: world, query: "sum by (region) (world)", clusterWide: true}
`

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// backend answers from a table of series by query, as a store does.
type backend struct {
	series  map[string]model.Vector
	partial string
	time    time.Time
	err     error
	asked   []string
}

func (b *backend) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i, want := range wants {
		q := want.Query
		b.asked = append(b.asked, q.Text)
		answers[i] = store.Answer{Time: b.time, Err: b.err}
		if !b.time.IsZero() {
			answers[i].Table = plan.NewTable(q, b.series[q.Text], b.partial)
		}
	}
	return answers
}

func (b *backend) Peek(q plan.Query) store.Answer {
	return b.Read(context.Background(), []plan.Request{{Query: q}})[0]
}

const (
	cpuQuery      = `max by (container, namespace, pod) (rate(cpu[2m]))`
	requestsQuery = `sum by (code, namespace, pod) (rate(requests[1m]))`
	queueQuery    = `sum by (namespace, topic) (queue)`
)

func someSeries() map[string]model.Vector {
	return map[string]model.Vector{
		cpuQuery: {
			sample(0.25, "namespace", "shop", "pod", "web-1", "container", "app"),
			sample(0.125, "namespace", "shop", "pod", "web-1", "container", "proxy"),
			sample(0.5, "namespace", "shop", "pod", "web-2", "container", "app"),
			sample(9, "namespace", "bank", "pod", "web-3", "container", "app"),
		},
		requestsQuery: {
			sample(40, "namespace", "shop", "pod", "web-1", "code", "200"),
			sample(2, "namespace", "shop", "pod", "web-1", "code", "500"),
			sample(math.NaN(), "namespace", "shop", "pod", "web-2", "code", "200"),
			sample(30, "namespace", "shop", "pod", "web-3", "code", "200"),
		},
		`max by (namespace, service) (depth)`: {sample(7.5, "namespace", "shop", "service", "api")},
		`sum by (namespace) (spend)`:          {sample(3, "namespace", "shop"), sample(4, "namespace", "bank")},
		queueQuery:                            {sample(10, "namespace", "shop", "topic", "a"), sample(5, "namespace", "shop", "topic", "b"), sample(99, "namespace", "bank", "topic", "a")},
		`sum by (region) (world)`:             {sample(1, "region", "eu"), sample(2, "region", "us")},
		`sum(rate(x{namespace="shop"}[1m]))`:  {sample(12.3456)},
		`rate(x{namespace="shop"}[1m])`:       {sample(1, "a", "b"), sample(1, "a", "c")},
		`sum(big{namespace="shop"})`:          {sample(1e300)},
		`sum(odd{namespace="shop"})`:          {sample(math.NaN())},
		`scalar(sum(flat{namespace="shop"}))`: {sample(5)},
	}
}

// known and none spell expected samples.
func known(value int64, window time.Duration) engine.Sample {
	return engine.Sample{Known: true, Value: value, Time: now.Add(-5 * time.Second), Window: window}
}

var none engine.Sample

// answered gives one answer to all.
type answered struct{ answer store.Answer }

func (a answered) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i := range answers {
		answers[i] = a.answer
	}
	return answers
}

func (a answered) Peek(plan.Query) store.Answer { return a.answer }

func direct(t testing.TB, answers Answers) *Direct {
	t.Helper()
	loaded, problems, err := rule.Load([]byte(rules))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	set, _ := loaded.Resolve(nil, rule.Builtin)
	return NewDirect(set, answers, "namespace")
}

func sample(value float64, labels ...string) *model.Sample {
	metric := model.Metric{}
	for i := 0; i < len(labels); i += 2 {
		metric[model.LabelName(labels[i])] = model.LabelValue(labels[i+1])
	}
	return &model.Sample{Metric: metric, Value: model.SampleValue(value)}
}

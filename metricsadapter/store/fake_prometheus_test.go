package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
)

// fakePrometheus evaluates queries with Prometheus' engine over the series of a test, and adds failures and delays.
type fakePrometheus struct {
	*promtest.Server
	// slots limits the concurrent queries; each query has a time limit of 10 s, as in a client.
	slots chan struct{}

	mu sync.Mutex
	// most is the highest number of series in an answer; 0 for no limit.
	most int
	// down is the error of every query; nil for none.
	down error
	// fails and slow return the error and the delay of a query.
	fails func(query string) error
	slow  func(query string) time.Duration
	// warn has the warnings of every answer.
	warn  []string
	asked []sentQuery
}

type sentQuery struct {
	time  time.Time
	query string
}

func newFakePrometheus() *fakePrometheus {
	return &fakePrometheus{Server: promtest.New(), slots: make(chan struct{}, 10)}
}

// change calls how with the lock held.
func (p *fakePrometheus) change(how func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how()
}

// since returns the queries since a time, without those for sample times.
func (p *fakePrometheus) since(from time.Time) []sentQuery {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []sentQuery
	for _, q := range p.asked {
		if !q.time.Before(from) && !strings.Contains(q.query, "timestamp(") {
			found = append(found, q)
		}
	}
	return found
}

func (p *fakePrometheus) Query(ctx context.Context, r prom.Request) (prom.Answer, error) {
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	p.mu.Lock()
	p.asked = append(p.asked, sentQuery{time.Now(), r.Query})
	most, err, warn := p.most, p.down, p.warn
	if err == nil && p.fails != nil {
		err = p.fails(r.Query)
	}
	var delay time.Duration
	if p.slow != nil {
		delay = p.slow(r.Query)
	}
	p.mu.Unlock()
	select {
	case <-time.After(min(delay, 10*time.Second)):
	case <-ctx.Done():
		return prom.Answer{}, ctx.Err()
	}
	if delay >= 10*time.Second {
		return prom.Answer{}, prom.NewError(prom.Timeout, errors.New("Prometheus did not respond in time"))
	}
	if err != nil {
		return prom.Answer{}, err
	}
	answer, err := p.Server.Query(ctx, r)
	if most > 0 && len(answer.Vector) > most {
		return prom.Answer{}, prom.NewError(prom.LimitExceeded, fmt.Errorf("the answer has more than %d series", most))
	}
	answer.Warnings = warn
	return answer, err
}

// scraped adds a sample of a gauge every 15 s, from one minute before offset to an hour from now.
func (p *fakePrometheus) scraped(offset time.Duration, value float64, labels ...string) {
	p.scrapedFor(offset, time.Hour, value, labels...)
}

func (p *fakePrometheus) scrapedFor(offset, length time.Duration, value float64, labels ...string) {
	for after := offset - time.Minute; after < length; after += 15 * time.Second {
		p.Add(time.Now().Add(after), value, labels...)
	}
}

// pods adds series of pods to namespaces; the value of each is the length of its namespace's name.
func (p *fakePrometheus) pods(each int, namespaces ...string) {
	for _, namespace := range namespaces {
		for i := range each {
			p.scraped(0, float64(len(namespace)), "__name__", "x", "namespace", namespace, "pod", fmt.Sprintf("web-%d", i))
		}
	}
}

// byPod is the query of most tests.
var byPod = plan.Query{Text: `sum by (namespace, pod) (x)`, Namespace: "namespace", Object: "pod"}

func wants(namespaces ...string) []plan.Request {
	return []plan.Request{{Query: byPod, Namespaces: namespaces}}
}

// open starts a store with a period of 10 s.
func open(t *testing.T, p *fakePrometheus, change ...func(*Options)) *Store {
	o := Options{Period: 10 * time.Second, Idle: 5 * time.Minute}
	for _, f := range change {
		f(&o)
	}
	s := New(p, o)
	t.Cleanup(s.Close)
	return s
}

// read returns the table of a namespace; an error fails the test.
func read(t *testing.T, s *Store, namespace string) *plan.Table {
	t.Helper()
	answer := s.Read(t.Context(), wants(namespace))[0].ForNamespace(namespace)
	if answer.Err != nil {
		t.Fatalf("namespace %s: %v", namespace, answer.Err)
	}
	table, err := answer.Fresh(time.Now(), time.Minute)
	if err != nil {
		t.Fatalf("namespace %s: %v", namespace, err)
	}
	return table
}

// pass reads the namespaces every 5 s for the duration d.
func pass(t *testing.T, s *Store, d time.Duration, namespaces ...string) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Second) {
		s.Read(t.Context(), wants(namespaces...))
	}
}

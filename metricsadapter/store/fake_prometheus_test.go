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

// plant is a Prometheus with real series and a real engine, that has bad days.
type plant struct {
	*promtest.Server
	// turns at a time, each with a time limit of 10 s, as a client takes them.
	turns chan struct{}

	mu sync.Mutex
	// most series of an answer; 0 for any number.
	most int
	// down is what every query fails with.
	down error
	// fails and slow tell of single queries.
	fails func(query string) error
	slow  func(query string) time.Duration
	// warn is what is wrong with every answer.
	warn  []string
	asked []question
}

type question struct {
	time  time.Time
	query string
}

func newPlant() *plant { return &plant{Server: promtest.New(), turns: make(chan struct{}, 10)} }

// change is a turn for the worse or the better.
func (p *plant) change(how func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how()
}

// since returns the questions since a time, without those for times.
func (p *plant) since(from time.Time) []question {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []question
	for _, q := range p.asked {
		if !q.time.Before(from) && !strings.Contains(q.query, "timestamp(") {
			found = append(found, q)
		}
	}
	return found
}

func (p *plant) Query(ctx context.Context, r prom.Request) (prom.Answer, error) {
	p.turns <- struct{}{}
	defer func() { <-p.turns }()
	p.mu.Lock()
	p.asked = append(p.asked, question{time.Now(), r.Query})
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

// scraped adds an hour of samples of a gauge to come, every 15 s from offset on.
func (p *plant) scraped(offset time.Duration, value float64, labels ...string) {
	p.scrapedFor(offset, time.Hour, value, labels...)
}

func (p *plant) scrapedFor(offset, length time.Duration, value float64, labels ...string) {
	for after := offset - time.Minute; after < length; after += 15 * time.Second {
		p.Add(time.Now().Add(after), value, labels...)
	}
}

// pods adds series of pods to namespaces; the value of each is the length of its namespace's name.
func (p *plant) pods(each int, namespaces ...string) {
	for _, namespace := range namespaces {
		for i := range each {
			p.scraped(0, float64(len(namespace)), "__name__", "x", "namespace", namespace, "pod", fmt.Sprintf("web-%d", i))
		}
	}
}

// byPod is asked for in most stories.
var byPod = plan.Query{Text: `sum by (namespace, pod) (x)`, Namespace: "namespace", Object: "pod"}

func wants(namespaces ...string) []plan.Request {
	return []plan.Request{{Query: byPod, Namespaces: namespaces}}
}

// open starts a store that asks once in 10 s.
func open(t *testing.T, p *plant, change ...func(*Options)) *Store {
	o := Options{Period: 10 * time.Second, Idle: 5 * time.Minute}
	for _, f := range change {
		f(&o)
	}
	s := New(p, o)
	t.Cleanup(s.Close)
	return s
}

// read reads a namespace, and wants an answer without an error.
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

// pass lets time pass while somebody reads the namespaces every 5 s.
func pass(t *testing.T, s *Store, d time.Duration, namespaces ...string) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Second) {
		s.Read(t.Context(), wants(namespaces...))
	}
}

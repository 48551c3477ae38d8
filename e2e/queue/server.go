package queue

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Label names the queue, of the pod's namespace, that a pod works for.
const Label = "queue"

// step is the time between two updates of the queues.
const step = 250 * time.Millisecond

// Key names a queue.
type Key struct{ Namespace, Name string }

// Server has the queues of a cluster.
type Server struct {
	// Address, host:port on loopback, serves /metrics.
	Address string

	pods cache.SharedIndexInformer

	mu     sync.Mutex
	queues map[Key]*queue
}

// Start watches pods and serves metrics until ctx is done.
func Start(ctx context.Context, client kubernetes.Interface) (*Server, error) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = Label }))
	s := &Server{pods: factory.Core().V1().Pods().Informer(), queues: map[Key]*queue{}}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), s.pods.HasSynced) {
		return nil, fmt.Errorf("listing the pods of queues: %w", context.Cause(ctx))
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serving the metrics of queues: %w", err)
	}
	s.Address = listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", s.expose)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // it ends with ctx
	go s.run(ctx)
	return s, nil
}

// Add adds a queue, which fills at the start of its work.
func (s *Server) Add(key Key, work Work) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues[key] = newQueue(work)
}

// State returns the progress of a queue; zero for an unknown queue.
func (s *Server) State(key Key) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.queues[key]; q != nil {
		return q.state
	}
	return State{}
}

// Busy returns the names of the workers of a queue that have an item, in order.
func (s *Server) Busy(key Key) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.queues[key]; q != nil {
		return slices.Sorted(slices.Values(q.busy))
	}
	return nil
}

func (s *Server) run(ctx context.Context) {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.advance(now)
		}
	}
}

// advance moves every queue on to now, with its pods in the cluster.
func (s *Server) advance(now time.Time) {
	existing, workers := map[Key]int{}, map[Key][]string{}
	for _, object := range s.pods.GetStore().List() {
		pod, ok := object.(*corev1.Pod)
		if !ok || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		key := Key{pod.Namespace, pod.Labels[Label]}
		existing[key]++
		if works(pod) {
			workers[key] = append(workers[key], pod.Name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, q := range s.queues {
		slices.Sort(workers[key]) // random speeds must not depend on the order of a map
		q.advance(now, existing[key], workers[key])
	}
}

func works(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && pod.Status.Phase == corev1.PodRunning &&
		slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		})
}

func (s *Server) expose(w http.ResponseWriter, _ *http.Request) {
	var text strings.Builder
	s.mu.Lock()
	for _, family := range []struct {
		name, kind, help string
		value            func(*queue) float64
	}{
		{"queue_items", "gauge", "Items that wait or are worked on", func(q *queue) float64 {
			if q.now.Equal(q.work.Start) {
				return 0 // not filled yet
			}
			return q.state.Left
		}},
		{"queue_arrived_total", "counter", "Items that have come since the queue was filled", func(q *queue) float64 { return q.state.Arrived }},
		{"queue_worked_total", "counter", "Items that were worked off", func(q *queue) float64 { return q.state.Worked }},
		{"queue_busy_seconds_total", "counter", "Seconds that workers had something to do", func(q *queue) float64 { return q.state.Busy }},
	} {
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n", family.name, family.help, family.name, family.kind)
		for key, q := range s.queues {
			fmt.Fprintf(&text, "%s{namespace=%q,queue=%q} %s\n", family.name, key.Namespace, key.Name, strconv.FormatFloat(family.value(q), 'g', -1, 64))
		}
	}
	text.WriteString("# HELP jobs_in_progress Items that a worker has in hand\n# TYPE jobs_in_progress gauge\n")
	for key, q := range s.queues {
		for _, worker := range q.workers {
			items := 0
			if slices.Contains(q.busy, worker) {
				items = 1
			}
			fmt.Fprintf(&text, "jobs_in_progress{namespace=%q,queue=%q,pod=%q} %d\n", key.Namespace, key.Name, worker, items)
		}
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(text.String())) // the caller has gone if it fails
}

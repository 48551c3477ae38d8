package scale

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Shape is how the load of a Deployment changes.
type Shape string

// The shapes. A moving load changes by up to 2 %, within the tolerance, with each scrape. A stepping one doubles in every other
// minute, at a time of its own.
const (
	Constant Shape = "constant"
	Moving   Shape = "moving"
	Stepping Shape = "stepping"
)

var shapes = []Shape{Constant, Moving, Stepping}

// target is the average value that every autoscaler keeps, and the load of a Deployment for each pod that it should have.
const target = 100

// indexLabel is the number of the Deployment, on it and on its pods.
const indexLabel = "flyball.dev/scale"

// exporter serves one gauge for each pod, on loopback: the load of its Deployment divided by the number of its pods. It never
// contacts a pod.
type exporter struct {
	address string
	pods    cache.SharedIndexInformer
	// shape is a Shape.
	shape   atomic.Value
	metrics int
	perPod  int
	// stepped is the number of Deployments, from the first on, whose load has doubled.
	stepped atomic.Int64
	server  *http.Server
}

// metricName is the name of the metric of a Deployment, in Prometheus and in the metrics APIs.
func metricName(i, metrics int) string { return fmt.Sprintf("scale_load_%02d", i%metrics) }

// newExporter listens at address. run begins to serve.
func newExporter(o *Options, address string) *exporter {
	e := &exporter{address: address, metrics: o.Metrics, perPod: o.Pods}
	e.shape.Store(o.Loads[0])
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", e.serve)
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return e
}

// run watches the pods' metadata and serves until ctx ends. It returns once the first list is complete.
func (e *exporter) run(ctx context.Context, config *rest.Config) error {
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, metav1.NamespaceAll,
		func(o *metav1.ListOptions) { o.LabelSelector = indexLabel })
	e.pods = factory.ForResource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Informer()
	if err := e.pods.SetTransform(trim); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), e.pods.HasSynced) {
		return fmt.Errorf("listing pods: %w", context.Cause(ctx))
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", e.address)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = e.server.Close() })
	go func() { _ = e.server.Serve(listener) }()
	return nil
}

// trim drops what the exporter does not read.
func trim(object any) (any, error) {
	if pod, ok := object.(*metav1.PartialObjectMetadata); ok {
		pod.ManagedFields, pod.OwnerReferences, pod.Annotations = nil, nil, nil
	}
	return object, nil
}

// serve writes the gauges of all pods, metric by metric.
func (e *exporter) serve(w http.ResponseWriter, _ *http.Request) {
	type pod struct {
		namespace, name string
		deployment      int
	}
	byMetric := make([][]pod, e.metrics)
	count := map[int]int{}
	for _, object := range e.pods.GetStore().List() {
		accessor, err := meta.Accessor(object)
		if err != nil || accessor.GetDeletionTimestamp() != nil {
			continue
		}
		i, err := strconv.Atoi(accessor.GetLabels()[indexLabel])
		if err != nil {
			continue
		}
		count[i]++
		byMetric[i%e.metrics] = append(byMetric[i%e.metrics], pod{accessor.GetNamespace(), accessor.GetName(), i})
	}
	var out []byte
	now := time.Now()
	for metric, pods := range byMetric {
		name := metricName(metric, e.metrics)
		out = fmt.Appendf(out, "# TYPE %s gauge\n", name)
		for _, p := range pods {
			out = fmt.Appendf(out, "%s{namespace=%q,pod=%q} %g\n", name, p.namespace, p.name, e.load(p.deployment, now)/float64(count[p.deployment]))
		}
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(out)
}

// load is that of a Deployment at a time.
func (e *exporter) load(i int, now time.Time) float64 {
	load := float64(target * e.perPod)
	if int64(i) < e.stepped.Load() {
		load *= 2
	}
	switch e.shape.Load() {
	case Moving:
		load *= 1 + 0.04*(fraction(i, now.Unix())-0.5)
	case Stepping:
		const minute = 60
		if int64(float64(now.Unix())/minute+2*fraction(i, 0))%2 == 1 {
			load *= 2
		}
	case Constant:
	}
	return math.Round(load*1000) / 1000
}

// fraction is a number from 0 to 1 that follows from two numbers, and looks random.
func fraction(i int, second int64) float64 {
	return rand.New(rand.NewPCG(uint64(i), uint64(second))).Float64()
}

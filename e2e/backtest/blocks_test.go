package backtest

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// blockLength is the time of a block.
const blockLength = 24 * time.Hour

// blocks writes samples as Prometheus does, in the folder of a TSDB.
type blocks struct {
	t      *testing.T
	folder string
	begin  time.Time
	writer *tsdb.BlockWriter
	// appender of the current scrape, whose time is millis, in Unix time.
	appender storage.Appender
	millis   int64
	// refs are the series of the current block, and shown those of the last scrapes of kube-state-metrics with the time of the last.
	refs  map[seriesKey]storage.SeriesRef
	shown map[seriesKey]int64
}

// seriesKey identifies a series: a metric, and a pod or nothing.
type seriesKey struct{ metric, pod string }

func newBlocks(t *testing.T, begin time.Time) *blocks {
	return &blocks{t: t, folder: t.TempDir(), begin: begin, shown: map[seriesKey]int64{}}
}

// record writes a scrape.
func (b *blocks) record(s *scrape) {
	if s.since >= outageAt && s.since < outageAt+outage {
		return
	}
	if s.since%blockLength == 0 || b.writer == nil {
		b.next()
	}
	b.millis = b.begin.Add(s.since).UnixMilli()
	b.appender = b.writer.Appender(b.t.Context())
	b.state("kube_deployment_spec_replicas", "", float64(s.replicas))
	b.state("kube_deployment_status_replicas_updated", "", float64(s.replicas))
	b.state("kube_deployment_status_replicas_ready", "", float64(s.ready))
	for i := range s.pods {
		b.pod(&s.pods[i])
	}
	b.stale()
	if err := b.appender.Commit(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *blocks) pod(p *recordedPod) {
	b.state("kube_pod_info", p.name, 1)
	b.state("kube_pod_created", p.name, float64(p.created.Unix()))
	b.state("kube_pod_container_resource_requests", p.name, 1)
	if !p.ready.IsZero() {
		b.state("kube_pod_status_ready_time", p.name, float64(p.ready.Unix()))
	}
	if p.running {
		b.add(seriesKey{"container_cpu_usage_seconds_total", p.name}, p.cpu)
	}
}

// state adds a sample of kube-state-metrics. Those of the kubelet have times of their own, and so no staleness markers.
func (b *blocks) state(metric, pod string, x float64) {
	key := seriesKey{metric, pod}
	b.shown[key] = b.millis
	b.add(key, x)
}

// stale ends the series that the last scrape did not show.
func (b *blocks) stale() {
	for key, last := range b.shown {
		if last != b.millis {
			b.add(key, math.Float64frombits(value.StaleNaN))
			delete(b.shown, key)
		}
	}
}

func (b *blocks) add(key seriesKey, x float64) {
	ref, known := b.refs[key]
	var set labels.Labels
	if !known {
		set = key.labels()
	}
	ref, err := b.appender.Append(ref, set, b.millis, x)
	if err != nil {
		b.t.Fatal(err)
	}
	b.refs[key] = ref
}

func (k seriesKey) labels() labels.Labels {
	set := []string{model.MetricNameLabel, k.metric, "namespace", "shop"}
	switch {
	case k.pod == "":
		set = append(set, "deployment", "web")
	case k.metric == "kube_pod_info":
		set = append(set, "pod", k.pod, "node", "node-1")
	case k.metric == "kube_pod_container_resource_requests":
		set = append(set, "pod", k.pod, "container", "web", "resource", "cpu", "unit", "core")
	case k.metric == "container_cpu_usage_seconds_total":
		set = append(set, "pod", k.pod, "container", "web")
	default:
		set = append(set, "pod", k.pod)
	}
	return labels.FromStrings(set...)
}

// next ends the block and begins another.
func (b *blocks) next() {
	b.flush()
	var err error
	if b.writer, err = tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), b.folder, blockLength.Milliseconds()); err != nil {
		b.t.Fatal(err)
	}
	b.refs = map[seriesKey]storage.SeriesRef{}
}

// flush writes the block.
func (b *blocks) flush() {
	if b.writer == nil {
		return
	}
	if _, err := b.writer.Flush(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if err := b.writer.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.writer = nil
}

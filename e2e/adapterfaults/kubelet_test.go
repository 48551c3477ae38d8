package adapterfaults

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/e2e/realnode"
)

// used identifies a container of a pod, or the node.
type used struct{ kind, pod, container string }

// sample is a sample of the kubelet, with its own time.
type sample struct {
	time  time.Time
	value float64
}

// kubelet reads /metrics/resource of a kubelet, as metrics-server does, and stores the samples.
type kubelet struct {
	mu          sync.Mutex
	cpu, memory map[used][]sample
}

// exposed matches one line of the kubelet, whose times are in milliseconds.
var exposed = regexp.MustCompile(`(?m)^(container|node)_(cpu_usage_seconds_total|memory_working_set_bytes)(?:\{([^}]*)\})? (\S+) (\d+)$`)

func watchKubelet(t *testing.T, node *realnode.Node) *kubelet {
	t.Helper()
	k := &kubelet{cpu: map[used][]sample{}, memory: map[used][]sample{}}
	scrape := scraper(t, node)
	if _, err := scrape(t.Context()); err != nil {
		t.Fatalf("reading the kubelet: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			if text, err := scrape(ctx); err == nil {
				k.add(text)
			}
			time.Sleep(300 * time.Millisecond)
		}
	})
	t.Cleanup(func() { cancel(); watching.Wait() })
	return k
}

// scraper reads the kubelet with the credentials that Prometheus has for it.
func scraper(t *testing.T, node *realnode.Node) func(context.Context) (string, error) {
	t.Helper()
	for _, job := range node.ScrapeJobs() {
		if job.MetricsPath != "/metrics/resource" {
			continue
		}
		client, err := rest.HTTPClientFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{
			CAFile: job.TLS.CAFile, CertFile: job.TLS.CertFile, KeyFile: job.TLS.KeyFile,
		}})
		if err != nil {
			t.Fatal(err)
		}
		url := "https://" + job.Static[0].Targets[0] + job.MetricsPath
		return func(ctx context.Context) (string, error) { return get(ctx, client, url) }
	}
	t.Fatal("the node has no scrape job of /metrics/resource")
	return nil
}

func (k *kubelet) add(text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, line := range exposed.FindAllStringSubmatch(text, -1) {
		of := used{kind: line[1], pod: label(line[3], "pod"), container: label(line[3], "container")}
		value, err := strconv.ParseFloat(line[4], 64)
		millis, errTime := strconv.ParseInt(line[5], 10, 64)
		if err != nil || errTime != nil {
			continue
		}
		into := k.cpu
		if strings.HasPrefix(line[2], "memory") {
			into = k.memory
		}
		sampled := time.UnixMilli(millis)
		if n := len(into[of]); n == 0 || into[of][n-1].time.Before(sampled) {
			into[of] = append(into[of], sample{sampled, value})
		}
	}
}

func label(labels, name string) string {
	_, rest, _ := strings.Cut(","+labels, ","+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// reading is what the API served.
type reading struct {
	of    used
	usage corev1.ResourceList
	// sampled is the timestamp: that of the oldest sample of CPU and memory. The window of the CPU ended between sampled and
	// read, the time of the request.
	sampled, read time.Time
	// memoryUnit is the unit to which the memory is rounded.
	memoryUnit float64
}

// compare compares a reading of the API with the kubelet's own samples. Either end of the window may be off by one sample:
// metrics-server and Prometheus scrape at other times.
func (k *kubelet) compare(t *testing.T, r reading) {
	t.Helper()
	of := r.of
	k.mu.Lock()
	defer k.mu.Unlock()
	low, high, n := cores(k.cpu[of], topWindow, r.sampled, r.read)
	if n < 5 {
		t.Errorf("%v: got %d samples of CPU, too few in a window of %s", of, len(k.cpu[of]), topWindow)
		return
	}
	// A rate extrapolates to both edges of its window. Where cAdvisor's next sample lies more than 1.1 of the mean interval
	// beyond, it stops after half of one, so that up to a sample's part is lost at each edge.
	part := 2 / float64(n)
	served := r.usage.Cpu().AsApproximateFloat64()
	summary := fmt.Sprintf("%v: %.1f millicores are served; metrics-server has %.1f to %.1f, of %d samples in %s", of, 1000*served, 1000*low, 1000*high, n, topWindow)
	if served < low*(1-part)-0.001 || served > high*(1+part)+0.001 {
		t.Error(summary)
	}
	least, most := bytes(k.memory[of], r.sampled, r.read)
	memory := r.usage.Memory().AsApproximateFloat64()
	summary = fmt.Sprintf("%s; memory %.0f, and %.0f to %.0f", summary, memory, least, most)
	if memory < least-r.memoryUnit || memory > most+r.memoryUnit {
		t.Error(summary)
	}
	t.Log(summary)
}

// cores are the least and the most CPU that metrics-server may compute over a window that ended between two times, and the
// number of samples in it; n is 0 where the samples are too few.
func cores(samples []sample, window time.Duration, sampled, read time.Time) (low, high float64, n int) {
	lastBefore := func(end time.Time) int {
		return slices.IndexFunc(samples, func(s sample) bool { return s.time.After(end) }) - 1
	}
	first, behind := lastBefore(sampled)-1, lastBefore(read)+1
	if first < 0 || behind < 1 {
		return 0, 0, 0
	}
	low, high = math.Inf(1), math.Inf(-1)
	for end := first; end <= behind; end++ {
		start := lastBefore(samples[end].time.Add(-window))
		if start < 1 {
			return 0, 0, 0
		}
		n = end - start
		for _, from := range samples[start-1 : start+2] {
			rate := (samples[end].value - from.value) / samples[end].time.Sub(from.time).Seconds()
			low, high = min(low, rate), max(high, rate)
		}
	}
	return low, high, n
}

// bytes are the least and the most of the samples between two times, and up to a second outside, since timestamps are in
// whole seconds.
func bytes(samples []sample, sampled, read time.Time) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, s := range samples {
		if s.time.After(sampled.Add(-2*time.Second)) && s.time.Before(read.Add(time.Second)) {
			least, most = min(least, s.value), max(most, s.value)
		}
	}
	return least, most
}

// shown matches a line of kubectl top.
var shown = regexp.MustCompile(`(?m)^(\S+)\s+(\d+m)\s+(?:\d+%\s+)?(\d+Mi)`)

// top reads the output of the real kubectl.
func top(t *testing.T, what string, arguments ...string) (readings []reading) {
	t.Helper()
	arguments = append([]string{"--kubeconfig=" + shared.Kubeconfig, "top", what, "--no-headers"}, arguments...)
	out, err := exec.CommandContext(t.Context(), shared.Binary("kubectl"), arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl top %s: %v: %s", what, err, out)
	}
	read := time.Now()
	lines := shown.FindAllStringSubmatch(string(out), -1)
	if len(lines) == 0 {
		t.Fatalf("kubectl top %s shows %s", what, out)
	}
	for _, line := range lines {
		of := used{kind: "node"}
		if what == "pods" {
			of = used{kind: "container", pod: line[1], container: "burner"}
		}
		usage := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(line[2]), corev1.ResourceMemory: resource.MustParse(line[3])}
		// The output has no time: a sample of each metric comes each second or two.
		readings = append(readings, reading{of, usage, read.Add(-5 * time.Second), read, 1 << 20})
	}
	return readings
}

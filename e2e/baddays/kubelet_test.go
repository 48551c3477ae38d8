package baddays

import (
	"context"
	"fmt"
	"maps"
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

// used names what uses CPU and memory: a container of a pod, or the node.
type used struct{ kind, pod, container string }

// sample is what the kubelet said at a time of its own.
type sample struct {
	at    time.Time
	value float64
}

// kubelet reads a kubelet's /metrics/resource, as metrics-server does, and remembers what it said.
type kubelet struct {
	mu          sync.Mutex
	cpu, memory map[used][]sample
}

// exposed is one line of the kubelet, whose times are in thousandths of a second.
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
				k.take(text)
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

func (k *kubelet) take(text string) {
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
		at := time.UnixMilli(millis)
		if n := len(into[of]); n == 0 || into[of][n-1].at.Before(at) {
			into[of] = append(into[of], sample{at, value})
		}
	}
}

func label(labels, name string) string {
	_, rest, _ := strings.Cut(","+labels, ","+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// compare holds what the API served against the kubelet's own samples, and says whether there were enough of them to do so.
// Either end of the window may be off by one sample: metrics-server and Prometheus scrape at other times. memoryUnit is what
// the memory was rounded to.
func (k *kubelet) compare(t *testing.T, of used, usage corev1.ResourceList, at time.Time, memoryUnit float64) bool {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	low, high, n := cores(k.cpu[of], at.Add(-topWindow), at)
	if n < 5 {
		return false
	}
	// A rate extrapolates to the edges of its window, by a sample's part of it at most.
	part := 1 / float64(n)
	served := usage.Cpu().AsApproximateFloat64()
	told := fmt.Sprintf("%v: %.1f millicores are served; metrics-server has %.1f to %.1f, of %d samples in %s", of, 1000*served, 1000*low, 1000*high, n, topWindow)
	if served < low*(1-part)-0.001 || served > high*(1+part)+0.001 {
		t.Error(told)
	}
	least, most := bytes(k.memory[of], at)
	memory := usage.Memory().AsApproximateFloat64()
	told = fmt.Sprintf("%s; memory %.0f, and %.0f to %.0f", told, memory, least, most)
	if memory < least-memoryUnit || memory > most+memoryUnit {
		t.Error(told)
	}
	t.Log(told)
	return true
}

// cores are the least and the most CPU that metrics-server may find between two times, and the samples between them. n is 0
// where the samples do not reach as far.
func cores(samples []sample, from, to time.Time) (low, high float64, n int) {
	first := slices.IndexFunc(samples, func(s sample) bool { return s.at.After(from) }) - 1
	last := slices.IndexFunc(samples, func(s sample) bool { return s.at.After(to) }) - 1
	if first < 1 || last < 0 || last+1 >= len(samples) {
		return 0, 0, 0
	}
	low, high = math.Inf(1), math.Inf(-1)
	for i := first - 1; i <= first+1; i++ {
		for j := last - 1; j <= last+1; j++ {
			if j <= i {
				return 0, 0, 0
			}
			rate := (samples[j].value - samples[i].value) / samples[j].at.Sub(samples[i].at).Seconds()
			low, high = min(low, rate), max(high, rate)
		}
	}
	return low, high, last - first
}

// bytes are the least and the most of the samples around a time, which is told in whole seconds.
func bytes(samples []sample, at time.Time) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, s := range samples {
		if s.at.Sub(at).Abs() <= 3*time.Second {
			least, most = min(least, s.value), max(most, s.value)
		}
	}
	return least, most
}

// shown is a line of kubectl top.
var shown = regexp.MustCompile(`(?m)^(\S+)\s+(\d+m)\s+(?:\d+%\s+)?(\d+Mi)`)

// compareTop holds what the real kubectl shows against the kubelet's samples.
func (k *kubelet) compareTop(t *testing.T, what string, arguments ...string) {
	t.Helper()
	arguments = append([]string{"--kubeconfig=" + shared.Kubeconfig, "top", what, "--no-headers"}, arguments...)
	out, err := exec.CommandContext(t.Context(), shared.Binary("kubectl"), arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl top %s: %v: %s", what, err, out)
	}
	at := time.Now().Add(-time.Second)
	time.Sleep(5 * time.Second) // until samples from after it are known
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
		if !k.compare(t, of, usage, at, 1<<20) {
			t.Errorf("too few samples for %v\n%s", of, k)
		}
	}
}

// String tells how many samples there are, and of what.
func (k *kubelet) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var text strings.Builder
	for _, of := range slices.SortedFunc(maps.Keys(k.cpu), func(a, b used) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }) {
		fmt.Fprintf(&text, "%v: %d samples of CPU, %d of memory\n", of, len(k.cpu[of]), len(k.memory[of]))
	}
	return text.String()
}

package scale

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleMetrics = `# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",group="apps",resource="deployments",scope="resource",subresource="scale",verb="GET",version="v1"} 7
apiserver_request_total{code="404",component="apiserver",group="apps",resource="deployments",scope="resource",subresource="scale",verb="GET",version="v1"} 2
apiserver_request_total{code="200",component="",group="custom.metrics.k8s.io",resource="pods",scope="namespace",subresource="scale_load_00",verb="GET",version="v1beta2"} 5
apiserver_request_total{code="200",component="apiserver",group="",resource="",scope="",subresource="/metrics",verb="GET",version=""} 9
# TYPE late histogram
late_bucket{queue="a",le="0.1"} 50
late_bucket{queue="a",le="1"} 98
late_bucket{queue="a",le="10"} 100
late_bucket{queue="a",le="+Inf"} 100
late_sum{queue="a"} 12
late_count{queue="a"} 100
`

func TestRequestsAreCountedByVerbAndResource(t *testing.T) {
	f, err := parseMetrics([]byte(sampleMetrics))
	if err != nil {
		t.Fatal(err)
	}
	want := map[Request]float64{
		{"GET", "deployments", "scale"}:  9,
		{"GET", "pods", "scale_load_00"}: 5,
	}
	if diff := cmp.Diff(want, requests(f)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[Request]float64{{"GET", "custom.metrics.k8s.io", ""}: 5}, metricRequests(f)); diff != "" {
		t.Error(diff)
	}
	if got := (Request{"GET", "deployments", "scale"}).String() + ", " + (Request{"PUT", "leases", ""}).String(); got != "GET deployments/scale, PUT leases" {
		t.Error(got)
	}
}

func TestLatenessIsTheBoundOfABucket(t *testing.T) {
	f, err := parseMetrics([]byte(sampleMetrics))
	if err != nil {
		t.Fatal(err)
	}
	after := f.buckets("late", nil)
	if got := lateness(nil, after); *got != (Lateness{0.1, 10, 10}) {
		t.Errorf("%+v", got)
	}
	if got := lateness(after, after); got != nil {
		t.Errorf("nothing was observed in between, and lateness is %+v", got)
	}
	if got := lateness(nil, f.buckets("no_such_histogram", nil)); got != nil {
		t.Errorf("%+v", got)
	}
	more := f.buckets("late", nil)
	for bound := range more {
		if bound > 10 {
			more[bound] += 100
		}
	}
	if got := lateness(after, more); got.P50 != -1 || latenessText(got) != "above all buckets, above all buckets, above all buckets" {
		t.Errorf("%+v", got)
	}
}

package scale

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// families are the metrics of one program at one time.
type families map[string]*dto.MetricFamily

func parseMetrics(text []byte) (families, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(bytes.NewReader(text))
}

// fetch reads the metrics at a URL on loopback.
func fetch(ctx context.Context, url string) (families, error) {
	body, err := get(ctx, url)
	if err != nil {
		return nil, err
	}
	return parseMetrics(body)
}

func get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, response.Status, body)
	}
	return body, err
}

// label returns the value of a label; empty when the metric does not have it.
func label(m *dto.Metric, name string) string {
	for _, pair := range m.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

// sum adds the series of a counter or gauge that match; all when match is nil.
func (f families) sum(name string, match func(*dto.Metric) bool) float64 {
	total := 0.0
	for _, m := range f[name].GetMetric() {
		if match == nil || match(m) {
			total += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
		}
	}
	return total
}

// buckets are the cumulative counts of a histogram by upper bound, all series that match added up.
func (f families) buckets(name string, match func(*dto.Metric) bool) map[float64]float64 {
	out := map[float64]float64{}
	for _, m := range f[name].GetMetric() {
		if match != nil && !match(m) {
			continue
		}
		for _, b := range m.GetHistogram().GetBucket() {
			out[b.GetUpperBound()] += float64(b.GetCumulativeCount())
		}
	}
	return out
}

// Lateness says how late evaluations began, in seconds. The figures are upper bounds of buckets of a histogram.
type Lateness struct {
	P50 float64 `json:"p50Seconds"`
	P99 float64 `json:"p99Seconds"`
	Max float64 `json:"maxSeconds"`
}

// lateness is that between two readings of a histogram; nil when nothing was observed.
func lateness(before, after map[float64]float64) *Lateness {
	bounds := make([]float64, 0, len(after))
	for bound := range after {
		bounds = append(bounds, bound)
	}
	slices.Sort(bounds)
	if len(bounds) == 0 {
		return nil
	}
	count := func(bound float64) float64 { return after[bound] - before[bound] }
	total := count(bounds[len(bounds)-1])
	if total <= 0 {
		return nil
	}
	quantile := func(q float64) float64 {
		for _, bound := range bounds {
			if count(bound) >= q*total {
				return finite(bound)
			}
		}
		return finite(math.Inf(1))
	}
	return &Lateness{P50: quantile(0.5), P99: quantile(0.99), Max: quantile(1)}
}

// finite replaces the bound of the last bucket, which has none, by -1: JSON has no infinity, and the value is above every bound.
func finite(bound float64) float64 {
	if math.IsInf(bound, 1) {
		return -1
	}
	return bound
}

// Request is a kind of request to the API server.
type Request struct {
	Verb        string `json:"verb"`
	Resource    string `json:"resource"`
	Subresource string `json:"subresource,omitempty"`
}

// String is the verb and the resource with its subresource.
func (r Request) String() string {
	return strings.TrimSuffix(r.Verb+" "+r.Resource+"/"+r.Subresource, "/")
}

// requests counts the requests that the API server has answered. Those to a metrics API it passes on without counting them.
func requests(f families) map[Request]float64 {
	out := map[Request]float64{}
	for _, m := range f["apiserver_request_total"].GetMetric() {
		r := Request{label(m, "verb"), label(m, "resource"), label(m, "subresource")}
		if r.Resource != "" { // else /metrics, /readyz and the like, which the benchmark itself reads
			out[r] += m.GetCounter().GetValue()
		}
	}
	return out
}

// metricRequests counts the requests for metrics that an adapter has answered, by API group.
func metricRequests(f families) map[Request]float64 {
	out := map[Request]float64{}
	for _, m := range f["apiserver_request_total"].GetMetric() {
		if group := label(m, "group"); strings.HasSuffix(group, "metrics.k8s.io") && label(m, "resource") != "" {
			out[Request{Verb: label(m, "verb"), Resource: group}] += m.GetCounter().GetValue()
		}
	}
	return out
}

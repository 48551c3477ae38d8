package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// recordedWeek is a Prometheus with a week of a Deployment that an HPA scaled by CPU, up to now.
type recordedWeek struct {
	begin time.Time
	// replicas, ready and cpu are values each 30 seconds.
	replicas, ready, cpu []float64

	mu      sync.Mutex
	queries int
	// busiest is the highest number of concurrent queries.
	running, busiest int
	// failFrom is the number of the query from which all fail; 0 for never.
	failFrom int
}

const weekStep = 30 * time.Second

func newRecordedWeek(t *testing.T, length time.Duration) (*recordedWeek, string) {
	t.Helper()
	w := &recordedWeek{begin: time.Now().Truncate(weekStep).Add(-length)}
	s, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: peers.HPA(peers.Goal{Metric: peers.CPU, Busy: 0.7, PodRate: 10, Min: 2, Max: 40})},
		Plant:  plant.Defaults(), Load: load.Noise(load.Diurnal(30, 200, 24*time.Hour), 0.05, time.Minute, 1),
		Begin: w.begin, Replicas: 4, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Run(length, func(st *sim.Step) {
		if st.At%weekStep == 0 {
			w.replicas, w.ready, w.cpu = append(w.replicas, float64(st.Replicas)), append(w.ready, float64(st.Ready)), append(w.cpu, 100*st.Busy*float64(st.Ready))
		}
	})
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return w, server.URL
}

// series has the value of a query at a time, and whether the query has any.
func (w *recordedWeek) value(query string, instant time.Time) (float64, bool) {
	i := int(instant.Sub(w.begin) / weekStep)
	if i < 0 || i >= len(w.replicas) {
		return 0, false
	}
	switch {
	case strings.Contains(query, "updated"):
		return 0, true
	case strings.Contains(query, "kube_deployment_spec_replicas"):
		return w.replicas[i], true
	case strings.Contains(query, "kube_deployment_status_replicas_ready"):
		return w.ready[i], true
	case strings.Contains(query, "container_cpu_usage_seconds_total"):
		return w.cpu[i], true
	case strings.Contains(query, "kube_pod_info"):
		return 3, true
	case strings.Contains(query, "kube_pod_status_ready_time"):
		return 35, true
	}
	return 0, false
}

func (w *recordedWeek) count() (failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries++
	w.running++
	w.busiest = max(w.busiest, w.running)
	return w.failFrom > 0 && w.queries >= w.failFrom
}

func (w *recordedWeek) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	failed := w.count()
	defer func() {
		w.mu.Lock()
		w.running--
		w.mu.Unlock()
	}()
	if failed || r.URL.Path != "/api/v1/query_range" {
		http.Error(out, `{"status":"error","errorType":"execution","error":"query failed"}`, http.StatusUnprocessableEntity)
		return
	}
	number := func(name string) float64 {
		x, err := strconv.ParseFloat(r.FormValue(name), 64)
		if err != nil {
			http.Error(out, name, http.StatusBadRequest)
		}
		return x
	}
	start, end, step := number("start"), number("end"), number("step")
	if points := (end - start) / step; points > 11_000 {
		http.Error(out, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"}`, http.StatusBadRequest)
		return
	}
	var values []string
	for second := start; second <= end; second += step {
		if v, ok := w.value(r.FormValue("query"), time.UnixMilli(int64(math.Round(1000*second)))); ok {
			values = append(values, fmt.Sprintf(`[%.3f,"%g"]`, second, v))
		}
	}
	series := ""
	if len(values) > 0 {
		series = `{"metric":{"pod":"web-1"},"values":[` + strings.Join(values, ",") + `]}`
	}
	out.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(out, `{"status":"success","data":{"resultType":"matrix","result":[%s]}}`, series)
}

// backtestReport has the fields of the JSON that programs read.
type backtestReport struct {
	Queries int
	Trusted bool
	Grade   *struct {
		MeanErrorPercent, WorstError float64
		Reason                       string
	}
	Estimates struct {
		StartUpSeconds, LagSeconds, PodsPerNode struct {
			Observations  int
			P10, P50, P90 float64
		}
	}
	Refused []struct{ Metric, Reason string }
	Results []map[string]any
}

func backtestJSON(t *testing.T, line string) *backtestReport {
	t.Helper()
	code, out, errOut := shell(t, "", line+" -o json")
	r := &backtestReport{}
	if err := json.Unmarshal([]byte(out), r); err != nil || code != exit.OK {
		t.Fatalf("exit code %d: %v\n%s", code, err, errOut)
	}
	return r
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const hpaOfTheWeek = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 40
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
`

// TestBacktestOfAWeek: a week of an HPA takes at most 200 queries, two at a time, and its replay is within the limit. The saved
// history gives the same report without Prometheus.
func TestBacktestOfAWeek(t *testing.T) {
	w, url := newRecordedWeek(t, 7*24*time.Hour)
	file, saved := writeFile(t, "hpa.yaml", hpaOfTheWeek), filepath.Join(t.TempDir(), "web.history")
	r := backtestJSON(t, "backtest -f "+file+" --since 7d --prometheus "+url+" --save "+saved+" --against balanced --price 0.1")
	if w.queries > 200 || r.Queries != w.queries || w.busiest > 2 {
		t.Errorf("%d queries, %d at a time, %d reported", w.queries, w.busiest, r.Queries)
	}
	if r.Grade == nil || !r.Trusted || r.Grade.MeanErrorPercent > 10 {
		t.Fatalf("the grade is %+v", r.Grade)
	}
	t.Logf("%d queries, %.1f%% mean error, %g replicas at worst", w.queries, r.Grade.MeanErrorPercent, r.Grade.WorstError)
	if e := r.Estimates; e.StartUpSeconds.P50 != 35 || e.PodsPerNode.P50 != 3 || e.LagSeconds.Observations == 0 {
		t.Errorf("the estimates are %+v", e)
	}
	var names []string
	for _, result := range r.Results {
		names = append(names, result["policy"].(string))
		for _, key := range []string{"shortageMinutes", "podHours", "cost", "changes", "reversals", "churn", "peakReplicas", "meanReplicas", "knownHours"} {
			if _, ok := result[key].(float64); !ok {
				t.Errorf("%v has no number %s", result["policy"], key)
			}
		}
	}
	if fmt.Sprint(names) != "[recorded web balanced]" {
		t.Errorf("the policies are %v", names)
	}
	before := w.queries
	again := backtestJSON(t, "backtest --from "+saved+" --against balanced --price 0.1")
	if w.queries != before || fmt.Sprint(again.Results) != fmt.Sprint(r.Results) {
		t.Errorf("from the saved history:\n%v\n%v", again.Results, r.Results)
	}
}

// TestBacktestIsContinued: after a failure, the same command sends only the queries that are missing.
func TestBacktestIsContinued(t *testing.T) {
	w, url := newRecordedWeek(t, 48*time.Hour)
	file, saved := writeFile(t, "hpa.yaml", hpaOfTheWeek), filepath.Join(t.TempDir(), "web.history")
	line := "backtest -f " + file + " --since 2d --prometheus " + url + " --save " + saved + " --concurrency 1"
	w.failFrom = 11
	code, _, errOut := shell(t, "", line)
	if code != exit.Unusable || !strings.Contains(errOut, "10 of 25 queries are saved in "+saved) {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	if _, _, errOut := shell(t, "", "backtest --from "+saved); !strings.Contains(errOut, "15 of its queries are missing") {
		t.Errorf("reading an incomplete history: %s", errOut)
	}
	// An interrupted run leaves half a line.
	half, err := os.OpenFile(saved, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = half.WriteString(`{"series":"ready","sta`)
	}
	if err != nil || half.Close() != nil {
		t.Fatal(err)
	}
	w.failFrom, w.queries = 0, 0
	if r := backtestJSON(t, line); w.queries != 15 || !r.Trusted {
		t.Errorf("%d queries continue it: %+v", w.queries, r.Grade)
	}
	if _, _, errOut := shell(t, "", line+" --against "+exampleAutoscaler+" --query requests=sum(x)"); !strings.Contains(errOut, "has another recording") {
		t.Errorf("continuing another history: %s", errOut)
	}
}

// TestBacktestIsNotTrusted: another policy than the one that ran is off, which exits with 1.
func TestBacktestIsNotTrusted(t *testing.T) {
	_, url := newRecordedWeek(t, 24*time.Hour)
	file := writeFile(t, "hpa.yaml", strings.Replace(hpaOfTheWeek, "averageUtilization: 70", "averageUtilization: 40", 1))
	code, out, errOut := shell(t, "", "backtest -f "+file+" --since 1d --prometheus "+url)
	if code != exit.Negative || !strings.Contains(out, "DO NOT TRUST THE RESULT: the replay of the policy that ran is off by") || !strings.Contains(errOut, "not to be trusted") {
		t.Errorf("exit code %d:\n%s%s", code, out, errOut)
	}
}

// TestBacktestOfATrace: a CSV file with recorded replicas is graded, and the same flags print the same bytes.
func TestBacktestOfATrace(t *testing.T) {
	w, _ := newRecordedWeek(t, 24*time.Hour)
	var b strings.Builder
	b.WriteString("timestamp,value,replicas,ready\n")
	for i := range 2880 {
		value := fmt.Sprintf("%g", w.cpu[i])
		if i > 1000 && i < 1100 {
			value = ""
		}
		fmt.Fprintf(&b, "%s,%s,%g,%g\n", w.begin.Add(time.Duration(i)*weekStep).UTC().Format(time.RFC3339), value, w.replicas[i], w.ready[i])
	}
	line := "backtest -f " + writeFile(t, "hpa.yaml", hpaOfTheWeek) + " --trace " + writeFile(t, "load.csv", b.String()) + " --against hpa"
	r := backtestJSON(t, line)
	if r.Grade == nil || !r.Trusted || r.Results[0]["policy"] != "recorded" || r.Results[0]["knownHours"].(float64) > 23.5 {
		t.Errorf("%+v", r)
	}
	_, once, _ := shell(t, "", line+" -o json")
	if _, again, _ := shell(t, "", line+" -o json"); once != again || !strings.Contains(once, `"knownPercent": 96.5`) {
		t.Errorf("the same flags print other bytes, or the gap is not unknown:\n%s", once)
	}
}

// TestTuning: no setting of the frontier costs more and lacks more than another on the first half, and a recommended one is better than
// the current one on both halves.
func TestTuning(t *testing.T) {
	type scores struct{ ShortageMinutes, MissingPodMinutes, PodHours float64 }
	type trial struct {
		Name                  string
		FirstHalf, SecondHalf scores
		Better                bool
		Manifest              string
	}
	var r struct {
		Tuning struct {
			Tried       int
			Current     trial
			Frontier    []trial
			Recommended *trial
			Reason      string
		}
	}
	// Half the target of the example is too low, so that a higher one is better.
	low := writeFile(t, "low.yaml", strings.Replace(hpaOfTheWeek, "averageUtilization: 70", "averageUtilization: 20", 1))
	line := "backtest --trace ../../docs/examples/history.csv --actual ../../docs/examples/hpa.yaml --tune -f " + low
	code, out, errOut := shell(t, "", line+" -o json")
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exit.OK {
		t.Fatalf("exit code %d: %v\n%s", code, err, errOut)
	}
	f := r.Tuning.Frontier
	if r.Tuning.Tried < 25 || len(f) < 1 {
		t.Fatalf("%d tried, %d on the frontier", r.Tuning.Tried, len(f))
	}
	for i := range f[1:] {
		if f[i+1].FirstHalf.PodHours < f[i].FirstHalf.PodHours || f[i+1].FirstHalf.MissingPodMinutes >= f[i].FirstHalf.MissingPodMinutes {
			t.Errorf("%s is not on the frontier beside %s", f[i+1].Name, f[i].Name)
		}
	}
	best, own := r.Tuning.Recommended, &r.Tuning.Current
	if best == nil {
		t.Fatalf("nothing is recommended: %s", r.Tuning.Reason)
	}
	for _, half := range [][2]scores{{best.FirstHalf, own.FirstHalf}, {best.SecondHalf, own.SecondHalf}} {
		if half[0].PodHours > half[1].PodHours || half[0].ShortageMinutes > half[1].ShortageMinutes {
			t.Errorf("%s is recommended with %+v, and the current one has %+v", best.Name, half[0], half[1])
		}
	}
	if !strings.Contains(best.Manifest, "kind: HorizontalAutoscaler") {
		t.Errorf("the manifest is %s", best.Manifest)
	}
	if _, page, _ := shell(t, "", line+" -o html"); !strings.Contains(page, "<h2>Frontier</h2>") || !strings.Contains(page, "Recommended: ") {
		t.Error("the page has no frontier")
	}
	if _, _, errOut := shell(t, "", line+" --actual balanced"); !strings.Contains(errOut, "not to be trusted") {
		t.Errorf("with another policy that ran: %s", errOut)
	}
}

// TestNumbersOfThePageAreThoseOfTheJSON, for backtests and simulations, and the page needs nothing else.
func TestNumbersOfThePageAreThoseOfTheJSON(t *testing.T) {
	cell := regexp.MustCompile(`<td data-key="([^"]+)" data-value="([^"]+)">`)
	for _, line := range []string{
		"backtest -f ../../docs/examples/hpa.yaml --trace ../../docs/examples/history.csv --against balanced --price 0.04",
		"sim --trace ../../docs/examples/step.csv --scale x1 --starts --policy hpa --against recommended",
	} {
		_, out, _ := shell(t, "", line+" -o json")
		_, page, _ := shell(t, "", line+" -o html")
		var r struct{ Results []map[string]any }
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, row := range regexp.MustCompile(`(?s)<tr><th scope="row">([^<]*)</th>(<td data-key.*?)</tr>`).FindAllStringSubmatch(page, -1) {
			for _, found := range cell.FindAllStringSubmatch(row[2], -1) {
				compared++
				if want := numberOf(r.Results, row[1], found[1]); want != found[2] {
					t.Errorf("%s: %s of %s is %s in the page, and %s in the JSON", line, found[1], row[1], found[2], want)
				}
			}
		}
		if compared < 8*len(r.Results)-4 {
			t.Errorf("%s: %d numbers compared", line, compared)
		}
		if found := regexp.MustCompile(`(src|href)=|@import|url\(|https?://[^w]`).FindString(page); found != "" {
			t.Errorf("%s: the page has %s", line, found)
		}
	}
}

// numberOf is the number of a policy by a key with dots, as text.
func numberOf(results []map[string]any, policy, key string) string {
	for _, result := range results {
		if result["policy"] != policy {
			continue
		}
		if starts, ok := result["starts"].(map[string]any); ok && starts[key] != nil {
			result = starts
		}
		var value any = result
		for part := range strings.SplitSeq(key, ".") {
			inner, _ := value.(map[string]any)
			value = inner[part]
		}
		if number, ok := value.(float64); ok {
			return strconv.FormatFloat(number, 'g', -1, 64)
		}
	}
	return "missing"
}

// TestBacktestWithoutValues: a Prometheus without the series is no history, not one without load.
func TestBacktestWithoutValues(t *testing.T) {
	file := writeFile(t, "hpa.yaml", hpaOfTheWeek)
	for name, tc := range map[string]struct{ known, says string }{
		"nothing":       {"none", "metric cpu: Prometheus has no value from "},
		"no ready pods": {"utilization", "metric cpu: its load is unknown, because the number of ready pods was not recorded: name a series with --query ready=PROMQL"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			series := ""
			if r.FormValue("query") == tc.known {
				series = `{"metric":{},"values":[[` + r.FormValue("start") + `,"70"]]}`
			}
			out.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(out, `{"status":"success","data":{"resultType":"matrix","result":[%s]}}`, series)
		}))
		line := "backtest -f " + file + " --since 1h --prometheus " + server.URL
		if tc.known == "utilization" {
			line += " --metric-kind cpu=mean --query cpu=utilization"
		}
		code, out, errOut := shell(t, "", line)
		server.Close()
		if code != exit.Unusable || out != "" || !strings.Contains(errOut, tc.says) {
			t.Errorf("%s: exit code %d, want the error %q:\n%s%s", name, code, tc.says, out, errOut)
		}
	}
}

// TestBacktestByRules backtests an HPA whose metrics a rule file defines: for each type, the queries have the series of the target alone.
func TestBacktestByRules(t *testing.T) {
	const step = time.Minute
	end := time.Now().Truncate(step)
	var mu sync.Mutex
	asked := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		mu.Lock()
		asked[query] = true
		mu.Unlock()
		value := "3" // replicas and ready pods
		if strings.Contains(query, "http_requests_total") {
			value = "30"
		}
		var values []string
		for sampled := end.Add(-2 * time.Hour); sampled.Before(end); sampled = sampled.Add(step) {
			values = append(values, fmt.Sprintf(`[%d,%q]`, sampled.Unix(), value))
		}
		out.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(out, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[%s]}]}}`, strings.Join(values, ","))
	}))
	defer server.Close()
	rules := writeFile(t, "rules.yaml", `
custom:
  - name: http_requests_per_second
    query: sum by (namespace, pod) (rate(http_requests_total[2m]))
  - name: http_requests_of_services
    describes: services
    query: max by (namespace, service) (rate(http_requests_total[2m]))
  - name: queue_wait
    query: sum by (namespace, pod) (rate(queue_wait_seconds_sum[2m]))
external:
  - name: orders
    query: sum by (namespace, topic) (rate(http_requests_total[2m]))
`)
	object := writeFile(t, "hpa.yaml", `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 40
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second, selector: {matchLabels: {code: "200"}}}, target: {type: AverageValue, averageValue: "10"}}}
  - {type: Object, object: {describedObject: {apiVersion: v1, kind: Service, name: web}, metric: {name: http_requests_of_services}, target: {type: AverageValue, averageValue: "10"}}}
  - {type: External, external: {metric: {name: orders, selector: {matchLabels: {topic: mail}}}, target: {type: AverageValue, averageValue: "10"}}}
  - {type: Pods, pods: {metric: {name: queue_wait}, target: {type: AverageValue, averageValue: "1"}}}
`)
	saved := filepath.Join(t.TempDir(), "web.history")
	r := backtestJSON(t, "backtest -f "+object+" --since 2h --step 1m --rules "+rules+" --save "+saved+" --prometheus "+server.URL)
	for _, query := range []string{
		`sum(sum by (namespace, pod) (rate(http_requests_total{code="200",namespace="shop",pod=~"web-[a-z0-9]+-[a-z0-9]+"}[2m])))`,
		`max(max by (namespace, service) (rate(http_requests_total{namespace="shop",service="web"}[2m])))`,
		`sum(sum by (namespace, topic) (rate(http_requests_total{namespace="shop",topic="mail"}[2m])))`,
	} {
		if !asked[query] {
			t.Errorf("Prometheus was not asked for %s, but for %v", query, asked)
		}
	}
	if r.Grade == nil || !r.Trusted || r.Grade.WorstError != 0 {
		t.Errorf("3 replicas at their targets are replayed with the grade %+v", r.Grade)
	}
	if len(r.Refused) != 1 || r.Refused[0].Metric != "queue_wait" || !strings.Contains(r.Refused[0].Reason, "latency") {
		t.Errorf("by its rule, queue_wait is a latency; refused are %+v", r.Refused)
	}
	if again := backtestJSON(t, "backtest --from "+saved); fmt.Sprint(again.Results) != fmt.Sprint(r.Results) {
		t.Errorf("the saved history, without the rules, gives %v instead of %v", again.Results, r.Results)
	}

	for name, tc := range map[string]struct{ rules, says string }{
		"no rule":       {"custom: []", "metric http_requests_per_second: no rule of "},
		"another kind":  {"external: [{name: http_requests_per_second, query: sum by (namespace) (x)}]", "defines it for pods in namespace shop; otherwise, give its PromQL with --query 'http_requests_per_second=PROMQL'"},
		"invalid rule":  {"custom: [{name: http_requests_per_second, query: sum by (}]", "defines it for pods in namespace shop; custom[0]"},
		"not separable": {"custom: [{name: http_requests_per_second, query: 'sum by (namespace, pod) (topk(3, x))'}]", "cannot be restricted to values of label"},
	} {
		line := "backtest -f " + object + " --since 2h --step 1m --prometheus " + server.URL + " --rules " + writeFile(t, "other.yaml", tc.rules)
		if code, _, errOut := shell(t, "", line); code != exit.Unusable || !strings.Contains(errOut, tc.says) {
			t.Errorf("%s: exit code %d, want the error %q:\n%s", name, code, tc.says, errOut)
		}
	}
}

func TestBacktestRefuses(t *testing.T) {
	autoscaler := func(metrics string) string {
		return writeFile(t, "ha.yaml", `
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: HorizontalAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 9, metrics: [`+metrics+`]}
`)
	}
	const latency = `{type: Prometheus, prometheus: {query: "histogram_quantile(0.9, sum by (le) (rate(x_bucket[1m])))", target: {type: Value, value: "1"}}}`
	const rate = `{type: Prometheus, prometheus: {query: "sum(rate(x_total[1m]))", target: {type: AverageValue, averageValue: "1"}}}`
	const external = `{type: External, external: {metric: {name: orders}, target: {type: AverageValue, averageValue: "1"}}}`
	trace := " --trace " + exampleLoad
	for name, tc := range map[string]struct{ line, says string }{
		"no source":        {"backtest -f " + autoscaler(rate), "use one of --prometheus URL, --from FILE and --trace FILE"},
		"no object":        {"backtest" + trace, "use the NAME of an autoscaler, or -f FILE"},
		"latency":          {"backtest -f " + autoscaler(latency) + trace, "no metric shows the load"},
		"unknown series":   {"backtest --prometheus http://localhost:1 -f " + autoscaler(external), "give its PromQL with --query 'orders=PROMQL'"},
		"rules of a trace": {"backtest --rules rules.yaml -f " + autoscaler(rate) + trace, "--rules requires --prometheus"},
		"unused query":     {"backtest --prometheus http://localhost:1 --query y=z -f " + autoscaler(rate), `--query: Invalid value: "y"`},
		"another kind":     {"backtest -f " + examplePlant + trace, "must be a HorizontalAutoscaler of"},
		"no recording":     {"backtest --from " + exampleLoad, "line 1: not the header of a recording"},
		"policy":           {"backtest -f " + autoscaler(rate) + trace + " --against nothing", `--against: Invalid value: "nothing": must be hpa, balanced`},
		"metric kind":      {"backtest -f " + autoscaler(rate) + trace + " --metric-kind x=median", `--metric-kind: Invalid value: "x=median"`},
		"since":            {"backtest -f " + autoscaler(rate) + " --since soon", "must be a duration such as 7d"},
		"no time":          {"backtest --prometheus http://localhost:1 --since 0s -f " + autoscaler(rate), `--since: Invalid value: "0s": must be greater than 0s`},
		"short step":       {"backtest --prometheus http://localhost:1 --since 1h --step 1s -f " + autoscaler(rate), `--step: Invalid value: "1s": must be at least 5s`},
		"long step":        {"backtest --prometheus http://localhost:1 --since 1h --step 2h -f " + autoscaler(rate), `--step: Invalid value: "2h": must be at most --since (1h)`},
		"many values":      {"backtest --prometheus http://localhost:1 --since 14d --step 30s -f " + autoscaler(rate), `--step: Invalid value: "30s": must be at least 1m for --since 2w`},
	} {
		if code, _, errOut := shell(t, "", tc.line); code != exit.Unusable || !strings.Contains(errOut, tc.says) {
			t.Errorf("%s: exit code %d, want the error %q:\n%s", name, code, tc.says, errOut)
		}
	}
	r := backtestJSON(t, "backtest -f "+autoscaler(rate+", "+latency)+trace)
	if len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Reason, "latency") {
		t.Errorf("beside a rate, the refused metrics are %+v", r.Refused)
	}
}

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	hurt   = `sum by (pod) (hurt)`
	spared = `sum by (pod) (spared)`
	vector = `{"status":"success","data":{"resultType":"vector","result":[` +
		`{"metric":{"pod":"a"},"value":[1700000000.5,"1"]},{"metric":{"pod":"b"},"value":[1700000000.5,"2"]}]}}`
)

// start runs a proxy before a Prometheus that always says vector, to whoever posts a query with its parameters.
func start(t *testing.T) *Proxy {
	t.Helper()
	prometheus := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == queryPath && (r.PostFormValue("query") == "" || r.PostFormValue("time") == "") {
			http.Error(w, "a part of the request was lost", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, vector)
	}))
	t.Cleanup(prometheus.Close)
	proxy, err := Start("127.0.0.1:0", prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	return proxy
}

type said struct {
	code int
	body string
}

func query(ctx context.Context, p *Proxy, text string) (said, error) {
	form := url.Values{"query": {text}, "time": {"1700000000.5"}, "limit": {"50"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+queryPath, strings.NewReader(form.Encode()))
	if err != nil {
		return said{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return said{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return said{response.StatusCode, string(body)}, err
}

func TestWhatIsNotToldToFailIsPassedOnAndCounted(t *testing.T) {
	p := start(t)
	remove := p.Inject(Containing("hurt"), Killed)
	for range 3 {
		if got, err := query(t.Context(), p, spared); err != nil || got != (said{200, vector}) {
			t.Fatalf("a query that is spared gave %+v, %v", got, err)
		}
	}
	if got, err := query(t.Context(), p, hurt); err == nil {
		t.Errorf("a query that is hurt gave %+v", got)
	}
	remove()
	if got, err := query(t.Context(), p, hurt); err != nil || got.body != vector {
		t.Errorf("after the fault the query gave %+v, %v", got, err)
	}
	if n, m := p.Count(Containing("hurt")), p.Count(All); n != 2 || m != 5 || p.Queries()[spared] != 3 {
		t.Errorf("counted %d of 2 queries that were to be hurt and %d of 5 queries: %v", n, m, p.Queries())
	}
}

func TestOtherPathsAreNotQueries(t *testing.T) {
	p := start(t)
	p.Inject(All, Killed)
	response, err := http.Get(p.URL + "/-/ready")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if p.Count(All) != 0 {
		t.Errorf("counted %v", p.Queries())
	}
}

func TestEachFaultSaysWhatItsServerWould(t *testing.T) {
	gone := func(labels map[string]string) bool { return labels["pod"] == "b" }
	for name, tc := range map[string]struct {
		fault Fault
		want  said
	}{
		"NaN":       {Values("NaN"), said{200, strings.NewReplacer(`"1"`, `"NaN"`, `"2"`, `"NaN"`).Replace(vector)}},
		"truncated": {Truncated, said{200, vector[:len(vector)/2]}},
		"failed":    {Failed(422, "execution", "no"), said{422, `{"error":"no","errorType":"execution","status":"error"}` + "\n"}},
		"partial": {Partial(gone, "store away"), said{200, strings.Replace(
			strings.Replace(vector, `,{"metric":{"pod":"b"},"value":[1700000000.5,"2"]}`, "", 1), `]}}`, `]},"warnings":["store away"]}`, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			p.Inject(Containing("hurt"), tc.fault)
			if got, err := query(t.Context(), p, hurt); err != nil || got != tc.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tc.want)
			}
		})
	}
}

func TestAPageIsNoJSONWhateverItsCode(t *testing.T) {
	p := start(t)
	for _, code := range []int{200, 502} {
		remove := p.Inject(All, Page(code))
		got, err := query(t.Context(), p, hurt)
		if err != nil || got.code != code || json.Valid([]byte(got.body)) {
			t.Errorf("got %+v, %v", got, err)
		}
		remove()
	}
}

func TestHistogramsHaveNoValue(t *testing.T) {
	p := start(t)
	p.Inject(All, Histograms())
	got, err := query(t.Context(), p, hurt)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.body, `"value"`) || strings.Count(got.body, `"histogram":[1700000000.5,{`) != 2 {
		t.Errorf("got %s", got.body)
	}
}

func TestAFloodIsCutWhereALimitIsGiven(t *testing.T) {
	for total, want := range map[int]int{20: 20, 1000: 50} {
		p := start(t)
		p.Inject(All, Flooded(total, "pod"))
		got, err := query(t.Context(), p, hurt)
		if err != nil {
			t.Fatal(err)
		}
		var answer Answer
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, series := range answer.Data.Result {
			names[series.Metric["pod"]] = true
		}
		if len(names) != want || (len(answer.Warnings) > 0) != (want < total) {
			t.Errorf("of %d series %d different ones came, want %d; warnings: %v", total, len(names), want, answer.Warnings)
		}
	}
}

func TestASlowAnswerComesLateOrNotAtAll(t *testing.T) {
	p := start(t)
	p.Inject(Containing("hurt"), Slow(100*time.Millisecond))
	began := time.Now()
	if got, err := query(t.Context(), p, hurt); err != nil || got.body != vector || time.Since(began) < 100*time.Millisecond {
		t.Errorf("after %s came %+v, %v", time.Since(began), got, err)
	}
	p.Inject(Containing("spared"), Slow(time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := query(ctx, p, spared); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query that waits an hour gave %+v, %v", got, err)
	}
}

func TestDownIsRefusedAndUpIsAsBefore(t *testing.T) {
	p := start(t)
	before := p.URL
	p.Down()
	if got, err := query(t.Context(), p, hurt); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("while it is down came %+v, %v", got, err)
	}
	if err := p.Up(); err != nil {
		t.Fatal(err)
	}
	if got, err := query(t.Context(), p, hurt); err != nil || got.body != vector || p.URL != before {
		t.Errorf("at %s, which was %s, came %+v, %v", p.URL, before, got, err)
	}
}

// A Prometheus that is away is not hidden by an answer of the proxy.
func TestADeadPrometheusIsNoAnswer(t *testing.T) {
	prometheus := httptest.NewServer(http.NotFoundHandler())
	prometheus.Close()
	p, err := Start("127.0.0.1:0", prometheus.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got, err := query(t.Context(), p, hurt); err == nil {
		t.Errorf("got %+v", got)
	}
	p.Inject(All, Values("NaN"))
	if got, err := query(t.Context(), p, hurt); err == nil {
		t.Errorf("with a fault got %+v", got)
	}
}

func TestReadingTheFormLeavesTheBody(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, queryPath+"?limit=3", bytes.NewReader([]byte("query=up")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := readForm(r); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != "query=up" || r.Form.Get("query") != "up" || r.Form.Get("limit") != "3" {
		t.Errorf("form %v, body %q, %v", r.Form, body, err)
	}
}

package prom

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
)

func TestLookups(t *testing.T) {
	var asked []string
	client := serve(t, Options{MaxSeries: 3}, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // what is wrong with it shows below
		asked = append(asked, strings.Join([]string{r.Method, r.URL.Path, strings.Join(r.Form["match[]"], " "), r.Form.Get("start"), r.Form.Get("limit")}, " "))
		data := `["a","b"]`
		if strings.HasSuffix(r.URL.Path, "/series") {
			data = `[{"__name__":"a","pod":"x"}]`
		}
		answer(w, 200, `{"status":"success","warnings":["a store is away"],"data":`+data+`}`)
	})
	match := []string{`{pod!=""}`, `x`}
	want := Names{Names: []string{"a", "b"}, Warnings: []string{"a store is away"}}
	for name, ask := range map[string]func() (Names, error){
		"series names": func() (Names, error) { return client.SeriesNames(t.Context(), "", match, instant) },
		"label names":  func() (Names, error) { return client.LabelNames(t.Context(), "", match, instant) },
	} {
		got, err := ask()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	series, err := client.Series(t.Context(), "default", match, instant)
	wantSeries := Series{Labels: []model.LabelSet{{"__name__": "a", "pod": "x"}}, Warnings: want.Warnings}
	if diff := cmp.Diff(wantSeries, series); err != nil || diff != "" {
		t.Errorf("series: %v (-want +got):\n%s", err, diff)
	}
	for _, want := range []string{
		`GET /api/v1/label/__name__/values {pod!=""} x 1700000000 4`,
		`POST /api/v1/labels {pod!=""} x 1700000000 4`,
		`POST /api/v1/series {pod!=""} x 1700000000 4`,
	} {
		if !strings.Contains(strings.Join(asked, "\n"), want) {
			t.Errorf("the server was not asked %q but\n%s", want, strings.Join(asked, "\n"))
		}
	}
}

func TestTooManyNamesAreAnError(t *testing.T) {
	// It ignores the limit, as VictoriaMetrics does.
	client := serve(t, Options{MaxSeries: 3}, func(w http.ResponseWriter, r *http.Request) {
		data := `["a","b","c","d"]`
		if strings.HasSuffix(r.URL.Path, "/series") {
			data = `[{},{},{},{}]`
		}
		answer(w, 200, `{"status":"success","data":`+data+`}`)
	})
	names, err := client.SeriesNames(t.Context(), "", nil, instant)
	failed(t, err, LimitExceeded, "more than 3 series")
	if len(names.Names) > 0 {
		t.Errorf("some names were told: %v", names)
	}
	_, err = client.LabelNames(t.Context(), "", nil, instant)
	failed(t, err, LimitExceeded, "more than 3 series")
	series, err := client.Series(t.Context(), "", nil, instant)
	failed(t, err, LimitExceeded, "more than 3 series")
	if len(series.Labels) > 0 {
		t.Errorf("some series were told: %v", series)
	}
}

func TestLookupsWithoutAServer(t *testing.T) {
	client := serve(t, Options{}, func(http.ResponseWriter, *http.Request) { t.Error("the default server was asked") })
	for _, ask := range []func() error{
		func() error { _, err := client.SeriesNames(t.Context(), "other", nil, time.Time{}); return err },
		func() error { _, err := client.Series(t.Context(), "other", nil, time.Time{}); return err },
	} {
		refused(t, ask(), `no Prometheus server is named "other": the servers are default`)
	}
}

func refused(t *testing.T, err error, says string) {
	t.Helper()
	failed(t, err, Refused, says)
}

// failed wants an error of a kind that says something, and gives it.
func failed(t *testing.T, err error, kind Kind, says string) {
	t.Helper()
	got, ok := errors.AsType[*Error](err)
	if !ok || got.Kind != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %#v, %v; want one of kind %s that says %q", got, err, kind, says)
	}
}

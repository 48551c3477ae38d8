package adapterfaults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The process of Prometheus is killed, and started again. This affects every metric, so no other test runs beside it.
func TestPrometheusIsKilledAndComesBack(t *testing.T) {
	s := newStory(t, "killed")
	s.autoscaled()

	written := logFromNow(t)
	shared.KillPrometheus()
	proxy.Down() // a dead process refuses connections
	restart := sync.OnceValue(func() error {
		return errors.Join(proxy.Up(), shared.RestartPrometheus(context.WithoutCancel(t.Context())))
	})
	t.Cleanup(func() { // the other tests need it, however this one goes
		if err := restart(); err != nil {
			t.Error(err)
		}
	})
	messages := []string{"cannot reach Prometheus", "connection refused", lastKnown}
	s.becomesUnknown(http.StatusServiceUnavailable, messages...)
	s.load(quiet)
	s.staysUnknown(3*time.Second, http.StatusServiceUnavailable, messages...)
	s.loggedOnce(written, "Query failed")
	if _, refused := raw(t.Context(), "/apis/custom.metrics.k8s.io/v1beta2"); refused != nil {
		t.Errorf("the adapter does not even list its metrics: %s", refused.Message)
	}

	if err := restart(); err != nil {
		t.Fatal(err)
	}
	s.prometheusHas(requestsOf(s.app).Query)
	s.recovers(0)
	s.scalesIn()
	unaffected.returns(t)
}

// prometheusHas waits until Prometheus itself, without the proxy, returns series. Their number may change at once, because
// the autoscaler decides again.
func (s *story) prometheusHas(query string) {
	s.t.Helper()
	s.eventually("the series in Prometheus", func() (bool, string) {
		got, err := series(s.t.Context(), query)
		return err == nil && got > 0, fmt.Sprintf("%d series, %v", got, err)
	})
}

func series(ctx context.Context, query string) (int, error) {
	text, err := get(ctx, http.DefaultClient, shared.PrometheusURL+"/api/v1/query?query="+url.QueryEscape(query))
	if err != nil {
		return 0, err
	}
	var said struct{ Data struct{ Result []any } }
	err = json.Unmarshal([]byte(text), &said)
	return len(said.Data.Result), err
}

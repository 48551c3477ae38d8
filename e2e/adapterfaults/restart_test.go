package adapterfaults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
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
		got, err := shared.Query(s.t.Context(), query)
		vector, _ := got.(model.Vector)
		return len(vector) > 0, fmt.Sprintf("%d series, %v", len(vector), err)
	})
}

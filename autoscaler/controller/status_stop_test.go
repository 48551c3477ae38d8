package controller

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
)

// slowServer answers a request after a second, or after the client has canceled it.
type slowServer struct{ begun, answered, canceled int }

func (s *slowServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.begun++
	select {
	case <-r.Context().Done():
		s.canceled++
		return nil, r.Context().Err()
	case <-time.After(time.Second):
		s.answered++
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader("{}")),
		}, nil
	}
}

// TestStopCancelsNoStatusUpdate: an update that is under way when the process stops gets its answer, because client-go logs a canceled one
// as an error.
func TestStopCancelsNoStatusUpdate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &slowServer{}
		client, err := clientset.NewForConfigAndClient(&rest.Config{Host: "https://api"}, &http.Client{Transport: server})
		if err != nil {
			t.Fatal(err)
		}
		web := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web-1"}}
		w := newStatusWriter(client, fixedLister{web}, func() { t.Error("an update failed") })
		ctx, stop := context.WithCancel(t.Context())
		context.AfterFunc(ctx, w.queue.ShutDown)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			w.run(ctx)
		}()
		w.put(cache.ObjectName{Namespace: "shop", Name: "web"}, "web-1", &v1alpha1.HorizontalAutoscalerStatus{CurrentReplicas: 3})
		synctest.Wait()
		stop()
		<-ended
		if server.begun != 1 || server.answered != 1 || server.canceled != 0 {
			t.Errorf("%d updates begun, %d answered, %d canceled, want one answered", server.begun, server.answered, server.canceled)
		}
	})
}

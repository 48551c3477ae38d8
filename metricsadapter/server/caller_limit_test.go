package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/request"
)

func TestOneCallerLeavesSlotsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := newCallerLimit(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }), 2)
		ask := func(caller string) *httptest.ResponseRecorder {
			answer := httptest.NewRecorder()
			ctx := request.WithUser(t.Context(), &user.DefaultInfo{Name: caller})
			f.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
			return answer
		}
		for range 2 {
			go ask("loop")
		}
		synctest.Wait()
		refused := ask("loop")
		if refused.Code != http.StatusTooManyRequests || !strings.Contains(refused.Body.String(), "loop already has 2 requests in flight") {
			t.Errorf("the third request at a time: %d %s", refused.Code, refused.Body)
		}
		if wait := refused.Header().Get("Retry-After"); wait != "" {
			t.Errorf("it is told to wait %s s, which blocks an autoscaler's workers", wait)
		}
		served := make(chan int)
		go func() { served <- ask("hpa").Code }()
		synctest.Wait()
		close(release)
		if code := <-served; code != http.StatusOK {
			t.Errorf("another caller got %d", code)
		}
		synctest.Wait()
		if code := ask("loop").Code; code != http.StatusOK || len(f.running) != 0 {
			t.Errorf("once they are done it gets %d, and %v is remembered", code, f.running)
		}
	})
}

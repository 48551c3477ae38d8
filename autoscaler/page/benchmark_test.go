package page

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
)

// judged finds the troubles of each entry by its status, as the controller does.
type judged struct{ fake }

func (j *judged) Entries(namespace string) []summary.Entry {
	entries := j.fake.Entries(namespace)
	for i := range entries {
		entries[i].Troubles = summary.TroublesOf(&entries[i].Autoscaler.Status)
	}
	return entries
}

// firstByte notes when a page begins.
type firstByte struct {
	*httptest.ResponseRecorder
	begin time.Time
}

func (f *firstByte) Write(data []byte) (int, error) {
	if f.begin.IsZero() {
		f.begin = time.Now()
	}
	return f.ResponseRecorder.Write(data)
}

// BenchmarkList renders the first page of 10,000 autoscalers, of which every hundredth is in trouble. The list is sorted before its first
// byte.
func BenchmarkList(b *testing.B) {
	source := &judged{}
	for i := range 10_000 {
		source.add(fmt.Sprint("team-", i%50), fmt.Sprint("web-", i))
		status := &source.entries[i].Autoscaler.Status
		limited := metav1.ConditionFalse
		if i%100 == 0 {
			limited = metav1.ConditionTrue
		}
		status.Conditions = []metav1.Condition{
			{Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionTrue, Reason: "Accepted"},
			{Type: v1alpha1.ConditionAbleToScale, Status: metav1.ConditionTrue, Reason: "ReadyForNewScale"},
			{Type: v1alpha1.ConditionScalingActive, Status: metav1.ConditionTrue, Reason: "ValidMetricFound"},
			{Type: v1alpha1.ConditionScalingLimited, Status: limited, Reason: "TooManyReplicas"},
		}
	}
	handler := serve(source, may{"": true})
	var waited time.Duration
	for b.Loop() {
		request, answer := time.Now(), &firstByte{ResponseRecorder: httptest.NewRecorder()}
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(b.Context(), http.MethodGet, Root, nil))
		if answer.Code != http.StatusOK {
			b.Fatal(answer.Code)
		}
		waited += answer.begin.Sub(request)
		b.ReportMetric(float64(answer.Body.Len()), "bytes/page")
	}
	b.ReportMetric(float64(waited.Milliseconds())/float64(b.N), "ms-to-first-byte/op")
}

package page

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/summary"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// fake is a source of autoscalers.
type fake struct{ entries []summary.Entry }

func (f *fake) add(namespace, name string, troubles ...summary.Trouble) {
	e := summary.Entry{Memory: true, Time: noon, Autoscaler: &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}}
	e.Autoscaler.Spec.ScaleTargetRef = v1alpha1.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name}
	e.Autoscaler.Spec.MaxReplicas = 20
	e.Autoscaler.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionAbleToScale, Status: metav1.ConditionTrue, Reason: "ReadyForNewScale"}}
	for _, trouble := range troubles {
		e.Troubles = e.Troubles.With(trouble)
	}
	f.entries = append(f.entries, e)
}

func (f *fake) Namespaces() []string {
	var names []string
	for i := range f.entries {
		names = append(names, f.entries[i].Autoscaler.Namespace)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (f *fake) Entries(namespace string) []summary.Entry {
	var found []summary.Entry
	for i := range f.entries {
		if namespace == "" || f.entries[i].Autoscaler.Namespace == namespace {
			found = append(found, f.entries[i])
		}
	}
	return found
}

func (f *fake) Entry(namespace, name string) (summary.Entry, bool) {
	for i := range f.entries {
		if a := f.entries[i].Autoscaler; a.Namespace == namespace && a.Name == name {
			return f.entries[i], true
		}
	}
	return summary.Entry{}, false
}

func (*fake) Row(a *v1alpha1.HorizontalAutoscaler) summary.Row {
	return summary.FromStatus(a, &a.Status)
}

func (f *fake) Detail(namespace, name string, moment time.Time) *summary.Detail {
	e, found := f.Entry(namespace, name)
	if !found {
		return nil
	}
	page := func(desired int32) *explain.Page {
		return &explain.Page{Reason: fmt.Sprintf("scale out from 4 to %d: <script>alert(1)</script>", desired), Current: 4, Desired: desired, Steps: []explain.StepText{
			{Step: "Current", From: 4, To: 4, Detail: "target has 4 replicas"},
			{Step: "Metric", From: 4, To: 9, Detail: `query: "><img src=x onerror=alert(1)> → 9`},
			{Step: "RatePolicy", From: 9, To: desired, Detail: fmt.Sprintf("scale-up limit: 4 pods per 1m → %d", desired)},
		}}
	}
	row := summary.FromStatus(e.Autoscaler, &e.Autoscaler.Status)
	if row.ReplicasUnknown {
		return &summary.Detail{Row: row, Memory: e.Memory, Troubles: e.Troubles}
	}
	row.Time, row.Min, row.Max, row.Mode, row.Current, row.Desired = &e.Time, new(int32(2)), new(int32(20)), "Shadow", 4, 8
	d := &summary.Detail{
		Autoscaler: e.Autoscaler, Row: row, Memory: e.Memory, Troubles: e.Troubles, Page: page(8), Metrics: []string{"query"},
		Samples: []summary.Sample{
			{Metric: "query", Value: "90", Target: "40", Replicas: 9, Time: noon.Add(-20 * time.Second), MaxAge: time.Minute, Via: "direct"},
			{Metric: "cpu", Target: "70%", Replicas: history.Unknown, Unknown: "no answer", UnknownSince: noon.Add(-3 * time.Minute)},
		},
		Next: []summary.Event{{Time: noon.Add(time.Hour), What: "window lunch opens; bounds become 5 to 20 replicas"}},
		Points: []history.Point{
			{Time: noon.Add(-10 * time.Minute), Decided: true, Current: 4, Desired: 4, Min: 2, Max: 20, Serving: 4, Load: 3.5, Proposals: []int32{4}},
			{Time: noon.Add(-9 * time.Minute), Proposals: []int32{0}},
			{Time: noon, Decided: true, Current: 4, Desired: 8, Min: 2, Max: 20, Serving: 4, Load: 8.2, Limits: 1 << 11, Proposals: []int32{history.Unknown}},
		},
		Decisions: []history.Decision{{Time: noon.Add(-10 * time.Minute), Page: page(6)}},
	}
	d.Choose(moment)
	return d
}

// may is a reader by the namespaces that it may list.
type may map[string]bool

func (m may) MayList(_ context.Context, namespace string) (bool, error) {
	if m["error"] {
		return false, errors.New("no answer")
	}
	return m[namespace] || m[""], nil
}

// MayListKind allows the kinds of "namespace/resource".
func (m may) MayListKind(_ context.Context, kind schema.GroupResource, namespace string) (bool, error) {
	return m[namespace+"/"+kind.Resource] || m[""], nil
}

// serve returns the page of a reader.
func serve(source Source, reader Reader) http.Handler { return serveWith(source, nil, reader) }

func serveWith(source Source, survey Survey, reader Reader) http.Handler {
	guard := func(next func(http.ResponseWriter, *http.Request, Reader)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next(w, r, reader) })
	}
	return New(Config{Source: source, Survey: survey, Requests: guard, Streams: guard, Now: func() time.Time { return noon.Add(5 * time.Second) }, Replica: "flyball-1", Version: "v1.2.3", Defaults: policy.StandardDefaults()})
}

func get(t *testing.T, handler http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return answer
}

// TestReadersSeeTheirNamespaces in the list, the details, the permalinks and the events; a namespace that does not exist is no
// different from one that a reader may not list.
func TestReadersSeeTheirNamespaces(t *testing.T) {
	source := &fake{}
	source.add("shop", "web")
	source.add("bank", "vault")
	decision := "/decisions/" + noon.Format(idLayout)
	for name, test := range map[string]struct {
		reader may
		path   string
		code   int
		wanted []string
		not    []string
	}{
		"all":                        {may{"": true}, Root, 200, []string{"shop/web", "bank/vault", "1–2 of 2"}, nil},
		"one":                        {may{"shop": true}, Root, 200, []string{"shop/web", "1–1 of 1"}, []string{"bank", "vault"}},
		"none":                       {may{}, Root, 403, []string{"You may list"}, []string{"shop", "bank", "vault", "web"}},
		"own namespace":              {may{"shop": true}, Root + "?namespace=shop", 200, []string{"shop/web"}, []string{"bank"}},
		"other namespace":            {may{"shop": true}, Root + "?namespace=bank", 403, []string{"in namespace bank"}, []string{"vault"}},
		"no such namespace":          {may{"shop": true}, Root + "?namespace=none", 403, []string{"in namespace none"}, nil},
		"own detail":                 {may{"shop": true}, Root + "autoscalers/shop/web", 200, []string{"Current decision"}, nil},
		"other detail":               {may{"shop": true}, Root + "autoscalers/bank/vault", 403, nil, []string{"Current decision"}},
		"detail that does not exist": {may{"shop": true}, Root + "autoscalers/bank/none", 403, nil, nil},
		"missing detail":             {may{"shop": true}, Root + "autoscalers/shop/none", 404, []string{"does not exist"}, nil},
		"own permalink":              {may{"shop": true}, Root + "autoscalers/shop/web" + decision, 200, []string{"scale out"}, nil},
		"other permalink":            {may{"shop": true}, Root + "autoscalers/bank/vault" + decision, 403, nil, []string{"scale out"}},
		"other events":               {may{"shop": true}, Root + "events?namespace=bank", 403, nil, []string{"data:"}},
		"other events by name":       {may{"shop": true}, Root + "events?namespace=bank&name=vault", 403, nil, []string{"data:"}},
		"events of none":             {may{}, Root + "events", 403, nil, []string{"data:"}},
		"without an answer":          {may{"error": true}, Root, 503, []string{"did not authorize"}, []string{"shop"}},
		"detail without an answer":   {may{"error": true}, Root + "autoscalers/shop/web", 503, nil, []string{"Current decision"}},
		"path outside":               {may{"": true}, Root + "autoscalers/shop", 404, []string{"does not exist"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			answer := get(t, serve(source, test.reader), test.path)
			text := answer.Body.String()
			if answer.Code != test.code {
				t.Errorf("got %d, want %d: %s", answer.Code, test.code, text)
			}
			for _, part := range test.wanted {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in %s", part, text)
				}
			}
			for _, part := range test.not {
				if strings.Contains(text, part) {
					t.Errorf("%q is in %s", part, text)
				}
			}
		})
	}
}

// TestManyNamespacesAreNotAllChecked: one request of a reader does not cause thousands of the API server, and the page says so.
func TestManyNamespacesAreNotAllChecked(t *testing.T) {
	source := &fake{}
	for i := range maxChecked + 7 {
		source.add(fmt.Sprintf("n%03d", i), "web")
	}
	answer := get(t, serve(source, may{"n001": true}), Root)
	if !strings.Contains(answer.Body.String(), "7 namespaces were not checked") || answer.Code != 200 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	answer = get(t, serve(source, may{"n055": true}), Root)
	if !strings.Contains(answer.Body.String(), "7 namespaces were not checked") || answer.Code != 403 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestListIsSortedByTrouble, and searched by words, and has pages.
func TestListIsSortedByTrouble(t *testing.T) {
	source := &fake{}
	for i := range 230 {
		source.add("shop", fmt.Sprintf("web-%03d", i))
	}
	source.add("shop", "late", summary.DeadlineAtRisk)
	source.add("shop", "full", summary.AtMaximum, summary.CapacityLimited)
	source.add("shop", "blind", summary.Unknown)
	handler := serve(source, may{"": true})
	first := get(t, handler, Root).Body.String()
	blind, late, full, web := strings.Index(first, "shop/blind"), strings.Index(first, "shop/late"), strings.Index(first, "shop/full"), strings.Index(first, "shop/web-000")
	if !(0 < blind && blind < late && late < full && full < web) || !strings.Contains(first, "1–100 of 233, 3 in trouble") {
		t.Errorf("places %d %d %d %d in %s", blind, late, full, web, first)
	}
	last := get(t, handler, Root+"?page=3").Body.String()
	if !strings.Contains(last, "201–233 of 233") || !strings.Contains(last, "shop/web-229") || strings.Contains(last, "shop/blind") || strings.Contains(last, `rel="next"`) {
		t.Error("the last page is ", last)
	}
	for query, want := range map[string]string{"web-22": "1–10 of 10", "capacity": "1–1 of 1", "deployment/late": "1–1 of 1", "nothing": "No autoscaler matches"} {
		if found := get(t, handler, Root+"?q="+query).Body.String(); !strings.Contains(found, want) {
			t.Errorf("%s: want %q in %s", query, want, found)
		}
	}
}

// TestDetailHasEverySection, and takes no name, query or message for HTML.
func TestDetailHasEverySection(t *testing.T) {
	source := &fake{}
	source.add("shop", "web", summary.MetricUnknown)
	handler := serve(source, may{"shop": true})
	text := get(t, handler, Root+"autoscalers/shop/web?price=0.5").Body.String()
	for _, part := range []string{
		"4 → 9", "9 → 8", "rate policy", "scale-up limit: 4 pods per 1m", "metric unknown", "no answer", "of at most 1m0s", "25s",
		"window lunch opens", "What blocks", "Enforce would have 8: &#43;4", "pod-hours", "12:00:00 desired 8", "query unknown",
		"/decisions/2026-03-02T12:00:00.000Z", "&lt;script&gt;alert(1)", "no decision",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in the page", part)
		}
	}
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img") || strings.Contains(text, "style=") || strings.Contains(text, "http://") {
		t.Error("the page has markup of a message, an inline style, or another address: ", text)
	}
}

// TestPermalinkShowsItsDecision by its steps, or by its figures where the steps are not stored.
func TestPermalinkShowsItsDecision(t *testing.T) {
	source := &fake{}
	source.add("shop", "web")
	handler := serve(source, may{"shop": true})
	for moment, want := range map[time.Time]string{
		noon.Add(-10 * time.Minute): "scale-up limit: 4 pods per 1m → 6",
		noon:                        "scale-up limit: 4 pods per 1m → 8",
		noon.Add(-10*time.Minute + 15*time.Second): "Figures at that time: 4 current, 4 desired, bounds 2 to 20; load 3.5 replicas at target; query → 4",
		noon.Add(-5 * time.Hour):                   "not in the history of this replica",
	} {
		if text := get(t, handler, link("shop", "web", moment)).Body.String(); !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in %s", moment, want, text)
		}
	}
	if answer := get(t, handler, Root+"autoscalers/shop/web/decisions/5"); answer.Code != 400 {
		t.Errorf("got %d for an id that is no time", answer.Code)
	}
}

// TestAnotherReplicaHasMore: an answer about an autoscaler that another replica evaluates says so in a header, by which flyball dashboard
// asks the other one.
func TestAnotherReplicaHasMore(t *testing.T) {
	source := &fake{}
	source.add("shop", "own")
	source.add("shop", "other")
	source.entries[1].Memory = false
	for path, elsewhere := range map[string]string{
		"/dashboard/":                       "",
		"/dashboard/autoscalers/shop/own":   "",
		"/dashboard/autoscalers/shop/other": "true",
		"/dashboard/autoscalers/shop/other/decisions/2026-03-02T12:00:00.000Z": "true",
		"/dashboard/events?namespace=shop":                                     "",
		"/dashboard/events?namespace=shop&name=own":                            "",
		"/dashboard/events?namespace=shop&name=other":                          "true",
	} {
		ctx, stop := context.WithCancel(t.Context())
		stop() // events end after the first one
		answer := httptest.NewRecorder()
		serve(source, may{"shop": true}).ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		if got := answer.Header().Get(summary.ElsewhereHeader); answer.Code != http.StatusOK || got != elsewhere {
			t.Errorf("%s: %d, the header is %q, want %q", path, answer.Code, got, elsewhere)
		}
		if says := strings.Contains(answer.Body.String(), "Another replica evaluates this autoscaler"); says != (elsewhere != "" && !strings.Contains(path, "events")) {
			t.Errorf("%s says that another replica evaluates it: %t", path, says)
		}
	}
	refused := httptest.NewRecorder()
	serve(source, may{}).ServeHTTP(refused, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dashboard/autoscalers/shop/other", nil))
	if refused.Code != http.StatusForbidden || refused.Header().Get(summary.ElsewhereHeader) != "" {
		t.Errorf("a reader without rights gets %d and the headers %v", refused.Code, refused.Header())
	}
}

// TestNothingFromElsewhere: no page may load, send or embed anything but its own files.
func TestNothingFromElsewhere(t *testing.T) {
	source := &fake{}
	source.add("shop", "web")
	handler := serve(source, may{"shop": true})
	for path, kind := range map[string]string{
		Root: "text/html", Root + "autoscalers/shop/web": "text/html", Root + "assets/style.css": "text/css", Root + "assets/script.js": "text/javascript", Root + "assets/icon.svg": "image/svg+xml",
	} {
		answer := get(t, handler, path)
		policy := answer.Header().Get("Content-Security-Policy")
		if answer.Code != 200 || !strings.HasPrefix(answer.Header().Get("Content-Type"), kind) || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %d %v", path, answer.Code, answer.Header())
		}
	}
	if answer := get(t, handler, Root+"assets/..%2Ftemplates%2Flist.html"); answer.Code != 404 {
		t.Errorf("got %d for a file outside of the assets", answer.Code)
	}
}

// TestUnknownReplicasAreNotZero: a target that does not exist has no replica count.
func TestUnknownReplicasAreNotZero(t *testing.T) {
	source := &fake{}
	source.add("shop", "gone", summary.Unreadable)
	condition := &source.entries[0].Autoscaler.Status.Conditions[0]
	condition.Status, condition.Reason = metav1.ConditionFalse, v1alpha1.ReasonFailedGetScale
	handler := serve(source, may{"shop": true})
	for path, want := range map[string]string{
		Root:                               `<td data-label="Replicas" class="n"><i>unknown</i></td>`,
		Root + "autoscalers/shop/gone":     `<dt>Current</dt><dd><i>unknown</i></dd>`,
		Root + "autoscalers/shop/gone?a=b": `<dt>Desired</dt><dd><i>unknown</i></dd>`,
	} {
		if text := get(t, handler, path).Body.String(); !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in %s", path, want, text)
		}
	}
}

// TestTimeAxisHasLabels for a history of seconds and for one of a day.
func TestTimeAxisHasLabels(t *testing.T) {
	for span, want := range map[time.Duration]string{
		20 * time.Second: "12:00:05", 50 * time.Second: "12:00:10", 4 * time.Minute: "12:00:30", 5 * time.Minute: "12:01", time.Hour: "12:10", 24 * time.Hour: "18:00",
	} {
		ticks := (&plot{from: noon, to: noon.Add(span)}).xTicks()
		if len(ticks) < 2 || len(ticks) > 9 || ticks[0].Label != want {
			t.Errorf("%s: got the labels %v, want the first %s", span, ticks, want)
		}
	}
}

// TestFooterHasTheVersion of the program.
func TestFooterHasTheVersion(t *testing.T) {
	source := &fake{}
	source.add("shop", "web")
	if text := get(t, serve(source, may{"shop": true}), Root).Body.String(); !strings.Contains(text, "Replica flyball-1 · v1.2.3 · read-only") {
		t.Error("the version is not in ", text)
	}
}

// TestTryAChange shows the scores and the difference of a change, or what is wrong with it. A permalink has no form: its decision is past.
func TestTryAChange(t *testing.T) {
	source := &fake{}
	source.add("shop", "web")
	handler := serve(source, may{"shop": true})
	const path = Root + "autoscalers/shop/web"
	for query, want := range map[string][]string{
		"":                                 {"Try a change", `name="target" inputmode="decimal" value="80"`},
		"?target=80&profile=":              {"Try a change"},
		"?target=40&profile=&price=2":      {"changed settings, replayed", `class="new">&#43; `, "averageUtilization: 40", "replayed over 10m5s"},
		"?target=80&profile=Steady":        {"changed settings, replayed", "profile: Steady", "<option selected>Steady</option>", "no price"},
		"?target=%3Cb%3E&profile=":         {"target: Invalid value: &#34;&lt;b&gt;&#34;: must be a quantity"},
		"?target=80&profile=%22%3E%3Cb%3E": {"spec.damping.profile"},
	} {
		text := get(t, handler, path+query).Body.String()
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is not in %s", query, part, text)
			}
		}
		if replayed := strings.Contains(text, "changed settings, replayed"); replayed != strings.Contains(want[0], "replayed") || strings.Contains(text, "<b>\"") {
			t.Errorf("%s: replayed is %t", query, replayed)
		}
	}
	if text := get(t, handler, link("shop", "web", noon.Add(-10*time.Minute))+"?target=40").Body.String(); strings.Contains(text, "Try a change") {
		t.Error("a past decision has the form")
	}
}

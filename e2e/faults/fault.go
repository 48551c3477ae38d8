package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// Fault answers a query in the place of Prometheus; pass has Prometheus answer it. The request's Form is parsed.
type Fault func(w http.ResponseWriter, r *http.Request, pass http.Handler)

// Killed ends the connection without an answer.
func Killed(http.ResponseWriter, *http.Request, http.Handler) { hangUp() }

// Slow answers after a time, or not at all where the one who asked has gone by then.
func Slow(after time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if !wait(r.Context(), after) {
			hangUp()
		}
		pass.ServeHTTP(w, r)
	}
}

// Page answers with the page of a server that is none of Prometheus, under a status code.
func Page(code int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, "<html><head><title>%d</title></head><body><h1>Please sign in</h1></body></html>\n", code)
	}
}

// Failed answers with an error of Prometheus' own API, such as 422, execution.
func Failed(code int, errorType, message string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": errorType, "error": message})
	}
}

// Refused answers as the API server does that refuses a request, such as 429, TooManyRequests.
func Refused(code int, reason, message string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message,
		})
	}
}

// Hung answers once continued is closed, or not at all where the one who asked has gone by then.
func Hung(continued <-chan struct{}) Fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		select {
		case <-continued:
			pass.ServeHTTP(w, r)
		case <-r.Context().Done():
			hangUp()
		}
	}
}

// Scaled answers with a multiple of each value.
func Scaled(factor float64) Fault {
	return changed(func(a *Answer, r *http.Request) {
		if strings.Contains(r.Form.Get("query"), "timestamp(") {
			return // of sample times
		}
		for i := range a.Data.Result {
			text, _ := a.Data.Result[i].Value[1].(string)
			if value, err := strconv.ParseFloat(text, 64); err == nil {
				a.Data.Result[i].Value[1] = strconv.FormatFloat(factor*value, 'g', -1, 64)
			}
		}
	})
}

// Truncated answers with the first half of the answer of Prometheus, in a valid HTTP response.
func Truncated(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	said := ask(r, pass)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(said.Code)
	_, _ = w.Write(said.Body.Bytes()[:said.Body.Len()/2])
}

// Values answers with another value for every series, in the spelling of Prometheus: 1.5, NaN, +Inf.
func Values(value string) Fault {
	return changed(func(a *Answer, _ *http.Request) {
		for i := range a.Data.Result {
			a.Data.Result[i].Value[1] = value
		}
	})
}

// Histograms answers with a native histogram for every series.
func Histograms() Fault {
	return changed(func(a *Answer, _ *http.Request) {
		for i, series := range a.Data.Result {
			a.Data.Result[i] = Series{Metric: series.Metric, Histogram: &[2]any{series.Value[0], map[string]any{
				"count": "12", "sum": "6.5", "buckets": [][]any{{0, "0.5", "1", "12"}},
			}}}
		}
	})
}

// Flooded adds series to the answer up to this number. They differ from the first by a label. As in Prometheus, a limit of
// the client cuts the answer and adds a warning.
func Flooded(total int, label string) Fault {
	return changed(func(a *Answer, r *http.Request) {
		if limit, err := strconv.Atoi(r.Form.Get("limit")); err == nil && limit > 0 && limit < total {
			total = limit
			a.Warnings = append(a.Warnings, "results truncated due to limit")
		}
		a.Data.Result = append(a.Data.Result, flood(a.Data.Result, label, total-len(a.Data.Result))...)
	})
}

// flood makes series like the first. Replacing a part of one text makes each cheap.
func flood(like []Series, label string, n int) []Series {
	const mark = "which-one"
	var series []Series
	if len(like) == 0 {
		return nil
	}
	one := Series{Metric: maps.Clone(like[0].Metric), Value: like[0].Value}
	one.Metric[label] = mark
	text, err := json.Marshal(one)
	if err != nil {
		hangUp()
	}
	before, after, _ := strings.Cut(string(text), mark)
	for i := range n {
		series = append(series, Series{text: json.RawMessage(before + "flood-" + strconv.Itoa(i) + after)})
	}
	return series
}

// Partial answers without the series that match, and warns of it as servers do that ask others, one of which is away.
func Partial(gone func(labels map[string]string) bool, warning string) Fault {
	return changed(func(a *Answer, _ *http.Request) {
		var left []Series
		for _, series := range a.Data.Result {
			if !gone(series.Metric) {
				left = append(left, series)
			}
		}
		a.Data.Result, a.Warnings = left, append(a.Warnings, warning)
	})
}

// changed has Prometheus answer, and changes what it says. An answer that is none, or no vector, is passed on as it is.
func changed(change func(*Answer, *http.Request)) Fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		said := ask(r, pass)
		body := said.Body.Bytes()
		if answer, err := parse(body); err == nil {
			change(answer, r)
			if body, err = json.Marshal(answer); err != nil {
				hangUp()
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(said.Code)
		_, _ = w.Write(body)
	}
}

// ask has Prometheus answer, in plain text.
func ask(r *http.Request, pass http.Handler) *httptest.ResponseRecorder {
	plain := r.Clone(r.Context())
	plain.Header.Del("Accept-Encoding")
	said := httptest.NewRecorder()
	pass.ServeHTTP(said, plain)
	return said
}

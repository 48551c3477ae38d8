package faultmatrix

import (
	"net/http"
	"strings"
	"time"

	"flyball.dev/flyball/e2e/faults"
)

func every(*http.Request) bool { return true }

func scaleWrite(r *http.Request) bool {
	return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/scale")
}

// requests is a fault of what the API server answers to the autoscaler.
func requests(match func(*http.Request) bool, fault faults.Fault, cut bool) func(s *scene) (func() error, error) {
	return func(s *scene) (func() error, error) {
		remove := s.api.Inject(match, fault)
		if cut {
			s.api.CutWatches()
		}
		return func() error { remove(); return nil }, nil
	}
}

// unwritable is the condition of an autoscaler whose scale-out is refused.
func unwritable(text string) condition {
	return condition{app: "rising", kind: "AbleToScale", status: "False", reason: "FailedUpdateScale", text: text}
}

var apiFaults = []fault{
	{name: "down", class: "API server", begin: requests(every, faults.Killed, true)},
	{
		name: "hung", class: "API server",
		begin: func(s *scene) (func() error, error) {
			continued := make(chan struct{})
			end, err := requests(every, faults.Hung(continued), false)(s)
			return func() error { close(continued); return end() }, err
		},
	},
	{name: "slow, 2s", class: "API server", begin: requests(every, faults.Slow(2*time.Second), false)},
	{name: "429 to all", class: "API server", begin: requests(every, faults.Refused(429, "TooManyRequests", "too many requests"), false)},
	{
		name: "500 to scale writes", class: "API server", short: true, named: unwritable("the storage is full"),
		begin: requests(scaleWrite, faults.Refused(500, "InternalError", "the storage is full"), false),
	},
	{
		name: "a webhook refuses scale writes", class: "API server", named: unwritable(`admission webhook "scale.example" denied the request`),
		begin: requests(scaleWrite, faults.Refused(403, "Forbidden", `admission webhook "scale.example" denied the request: frozen`), false),
	},
	{
		name: "watches cut", class: "API server",
		begin: func(s *scene) (func() error, error) {
			s.api.CutWatches()
			return func() error { s.api.CutWatches(); return nil }, nil
		},
	},
}

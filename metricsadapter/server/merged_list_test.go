package server

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/metricsadapter/provider"
)

func TestOwnMetricsAreListedFirst(t *testing.T) {
	read := func(r metav1.APIResource) (string, bool) { return r.Name, !strings.Contains(r.Name, "/") }
	placeholder := func(name string) bool { return name == provider.Placeholder }
	clash := func(a, b string) bool { return a == b }
	others := func(names ...string) []metav1.APIResource {
		var all []metav1.APIResource
		for _, name := range names {
			all = append(all, metav1.APIResource{Name: name})
		}
		return all
	}
	for _, test := range []struct {
		name   string
		own    []string
		others []metav1.APIResource
		want   []string
	}{
		{"none of theirs", []string{"a"}, nil, []string{"a"}},
		{"ours win", []string{"b", "a"}, others("a", "c"), []string{"b", "a", "c"}},
		{"what cannot be read is left out", []string{"a"}, others("x/y", "c", "c"), []string{"a", "c"}},
		{"theirs stand for the placeholder", []string{provider.Placeholder}, others("c"), []string{"c"}},
		{"the list is never empty", []string{provider.Placeholder}, others("x/y"), []string{provider.Placeholder}},
	} {
		var u mergedList[string]
		got := u.of(test.own, test.others, read, placeholder, clash)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if again := u.of(test.own, test.others, read, placeholder, clash); !sameSlice(again, got) {
			t.Errorf("%s: the list is made anew each time", test.name)
		}
	}
}

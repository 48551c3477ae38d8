package rule

import (
	"strings"
	"testing"
)

func TestSelector(t *testing.T) {
	s, err := parseSelector(`{__name__=~"^http_.*",pod!="",code=~"5.."}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{__name__=~"^http_.*",code=~"5..",pod!=""}`; s.String() != want {
		t.Errorf("it is %s, want %s", s, want)
	}
	for _, test := range []struct {
		series map[string]string
		want   bool
	}{
		{map[string]string{"__name__": "http_requests_total", "pod": "a", "code": "503"}, true},
		{map[string]string{"__name__": "http_requests_total", "pod": "a", "code": "200"}, false},
		{map[string]string{"__name__": "http_requests_total", "code": "503"}, false},
		{map[string]string{"__name__": "grpc_requests_total", "pod": "a", "code": "503"}, false},
	} {
		if got := s.Matches(test.series); got != test.want {
			t.Errorf("it picks %v: %t, want %t", test.series, got, test.want)
		}
	}
}

func TestInvalidSelectors(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "empty",
		`sum(x)`:           "not a series selector",
		`x offset 5m`:      "not a series selector",
		`x[5m]`:            "range vector",
		`{a=~".*"}`:        "at least one non-empty matcher",
		`x{`:               "not PromQL",
		`x or y`:           "not a series selector",
		`x @ 1000`:         "not a series selector",
		`{__name__="x"} #`: "",
	} {
		_, err := parseSelector(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave the error %v, want one that says %q", text, err, want)
		}
	}
}

package prom

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/config"

	"flyball.dev/flyball/metricsadapter/prom/sigv4"
)

func TestLoad(t *testing.T) {
	servers, err := Load([]byte(`
servers:
- name: short
  url: http://prometheus.monitoring:9090
- name: long-term
  url: https://mimir.example/prometheus
  timeout: 30s
  maxConcurrent: 4
  maxSeries: 1000
  maxBytes: 16Mi
  method: GET
  headers: {X-Scope-OrgID: team-a}
  params: {dedup: true, "storeMatch[]": [a, b]}
  http:
    authorization: {credentials_file: token}
    http_headers: {X-Key: {files: [/etc/key]}}
    follow_redirects: false
`), "/etc/flyball", sigv4.Read)
	if err != nil {
		t.Fatal(err)
	}
	plain := config.DefaultHTTPClientConfig
	plain.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{}}
	bearer := plain
	bearer.FollowRedirects = false
	bearer.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: "/etc/flyball/token"}
	bearer.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{
		"X-Scope-OrgID": {Values: []string{"team-a"}}, "X-Key": {Files: []string{"/etc/key"}},
	}}
	want := []Options{
		{Name: "short", URL: "http://prometheus.monitoring:9090", Params: url.Values{}, HTTP: &plain},
		{
			Name: "long-term", URL: "https://mimir.example/prometheus", Timeout: 30 * time.Second, MaxConcurrent: 4, MaxSeries: 1000,
			MaxBytes: 16 << 20, Get: true, Params: url.Values{"dedup": {"true"}, "storeMatch[]": {"a", "b"}}, HTTP: &bearer,
		},
	}
	if diff := cmp.Diff(want, servers, cmpopts.IgnoreUnexported(config.ProxyConfig{})); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
	if _, err := New(servers...); err != nil {
		t.Error(err)
	}
}

func TestConfigErrorsNameServerAndField(t *testing.T) {
	for _, test := range []struct{ name, server, want string }{
		{"no name", `{url: "http://a"}`, `servers[1] : name "": must be at most 63 lower-case letters`},
		{"a name that is none", `{name: A_b, url: "http://a"}`, `servers[1] A_b: name "A_b": must be`},
		{"a name twice", `{name: good, url: "http://a"}`, `servers[1] good: name "good": Duplicate value: an earlier server has this name`},
		{"no URL", `{name: a}`, `servers[1] a: url: the Prometheus URL "" is not an http or https URL`},
		{"a password in the URL", `{name: a, url: "http://me:s3cret@a"}`, `url: the Prometheus URL "http://me:xxxxx@a" contains credentials: set them in http.basic_auth`},
		{"a time without unit", `{name: a, url: "http://a", timeout: 10}`, `servers[1] a: timeout "10": must be a duration between 1s and 5m, such as 10s`},
		{"a negative time", `{name: a, url: "http://a", timeout: -1s}`, `timeout "-1s": must be`},
		{"nobody at a time", `{name: a, url: "http://a", maxConcurrent: 0}`, `maxConcurrent "0": must be an integer between 1 and 1000`},
		{"half a series", `{name: a, url: "http://a", maxSeries: 0.5}`, `maxSeries "0.5": must be`},
		{"too many bytes", `{name: a, url: "http://a", maxBytes: 99999999999Gi}`, `maxBytes "99999999999Gi": must be`},
		{"a method that is none", `{name: a, url: "http://a", method: post}`, `method "post": must be POST`},
		{"a parameter of ours", `{name: a, url: "http://a", params: {timeout: 1s}}`, `params.timeout: is set for each request: remove it`},
		{"a header of ours", `{name: a, url: "http://a", headers: {authorization: s3cret}}`, `headers.authorization: is set for each request: use http.authorization`},
		{"a header twice", `{name: a, url: "http://a", headers: {x-key: a}, http: {http_headers: {X-Key: {values: [b]}}}}`, `headers.x-key: http.http_headers has it as well`},
		{"a header of two lines", `{name: a, url: "http://a", headers: {X-Key: "s3cret\nX-Other: b"}}`, `headers.X-Key: its value must be one non-empty line`},
		{"a header that is none", `{name: a, url: "http://a", headers: {"X Key": b}}`, `headers.X Key: is not a valid header name`},
		{"an unknown field", `{name: a, url: "http://a", timeOut: 1s}`, `server "a": line 4: unknown field "timeOut"`},
		{"an unknown field further in", `{name: a, url: "http://a", http: {basic_auht: {}}}`, `server "a": line 4: unknown field "basic_auht"`},
		{"a field twice", `{name: a, url: "http://a", url: "http://b"}`, `server "a": line 4: url is set twice`},
		{"a list of names", `{name: [a], url: "http://a"}`, `line 4: a list is not allowed here`},
		{"a secret in the wrong place", `{name: a, url: "http://a", http: {basic_auth: s3cret}}`, `server "a": line 4: a single value is not allowed here`},
		{"a secret of the wrong form", `{name: a, url: "http://a", http: {basic_auth: {password: [s3cret]}}}`, `line 4: a list is not allowed here`},
		{"two ways to be known", `{name: a, url: "http://a", http: {basic_auth: {password: s3cret}, bearer_token: s3cret}}`, `server "a": at most one of basic_auth`},
		{"a signature and a password", `{name: a, url: "http://a", sigv4: {region: eu-west-1}, http: {basic_auth: {password: s3cret}}}`, `servers[1] a: sigv4: http has credentials as well`},
		{"half a key", `{name: a, url: "http://a", sigv4: {secret_key: s3cret}}`, `servers[1] a: sigv4: must provide a AWS SigV4 Access key and Secret Key`},
		{"a key without its certificate", `{name: a, url: "http://a", http: {tls_config: {key: s3cret}}}`, `server "a": exactly one of cert or cert_file`},
		{"several things", `{name: a, url: "http://a", timeout: 1, maxSeries: x}`, `servers[1] a: maxSeries "x"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			servers, err := Load([]byte("servers:\n- name: good\n  url: http://good\n- "+test.server), t.TempDir(), sigv4.Read)
			if err == nil || !strings.Contains(err.Error(), test.want) || servers != nil {
				t.Fatalf("the error is %v\nwant one that says %s", err, test.want)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestInvalidConfigFiles(t *testing.T) {
	for text, want := range map[string]string{
		"": "servers: Required value",
		"servers: [{name: a, url: \"http://a\"}]\n--- # b\nservers: [{name: b, url: \"http://b\"}]": "the file has 2 YAML documents, and the second begins on line 2",
		"{\"servers\": [{\"name\": \"a\", \"url\": \"http://a\"}]}\n{}":                             "did not find expected <document start>",
		"servers: []":          "servers: Required value",
		"servers: {}":          "a map is not allowed here",
		"servers: [a]":         "a single value is not allowed here",
		"server: []":           `unknown field "server"`,
		"servers: [":           "did not find expected",
		"servers: []\nmore: 1": `unknown field "more"`,
	} {
		if _, err := Load([]byte(text), "", sigv4.Read); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave the error %v, want %q", text, err, want)
		}
	}
	if _, err := LoadFile(filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil {
		t.Error("a file was read that is not there")
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	servers, err := Load([]byte(`
servers:
- {name: a, url: "http://a", headers: {X-Key: s3cret}, params: {token: s3cret}, http: {basic_auth: {username: me, password: s3cret}}}
- {name: b, url: "http://b", sigv4: {access_key: s3cret, secret_key: s3cret}}
`), "", sigv4.Read)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, servers); strings.Contains(got, "s3cret") || !strings.Contains(got, "http://a") {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`servers: [{name: a, url: "http://a", timeout: 10s, maxBytes: 1Mi, params: {a: [b]}, headers: {X-A: b}, http: {basic_auth: {username: me, password: s3cret}}}]`))
	f.Add([]byte("servers:\n- {name: a, url: 'https://a/b', sigv4: {region: x}, http: {tls_config: {insecure_skip_verify: true}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Contains(string(text), "_file") || strings.Contains(string(text), "files") {
			t.Skip("files are read") // and what is read is not input any more
		}
		servers, err := Load(text, "", sigv4.Read)
		if err != nil {
			return
		}
		if _, err := New(servers...); err != nil && !strings.Contains(err.Error(), "ref") {
			t.Errorf("servers were read that no client can be made of: %v", err)
		}
	})
}

// TestDocsListEveryFieldAndOutcome checks that docs/prometheus.md lists all of them and no others.
func TestDocsListEveryFieldAndOutcome(t *testing.T) {
	text, err := os.ReadFile("../../docs/prometheus.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(string(text), -1) {
		listed[row[1]] = true
	}
	for tagged := range reflect.TypeFor[serverConfig]().Fields() {
		field := tagged.Tag.Get("yaml")
		if !listed[field] {
			t.Errorf("the page does not list the field %s", field)
		}
		delete(listed, field)
	}
	for _, outcome := range []Kind{Unreachable, Timeout, Denied, Refused, LimitExceeded, OverBudget, Malformed} {
		if !strings.Contains(string(text), "\n| `"+string(outcome)+"` |") {
			t.Errorf("the page does not list the outcome %s", outcome)
		}
		delete(listed, string(outcome))
	}
	for field := range listed {
		t.Errorf("the page lists the field %s, which is not read", field)
	}
}

func TestSigV4NeedsASigner(t *testing.T) {
	_, err := Load([]byte(`servers: [{name: a, url: "http://a", sigv4: {region: eu-west-1}}]`), "", nil)
	if err == nil || !strings.Contains(err.Error(), "servers[0] a: sigv4: Unsupported value") {
		t.Errorf("got the error %v", err)
	}
}

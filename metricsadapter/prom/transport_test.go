package prom

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/config"
)

func TestConnectionIsReused(t *testing.T) {
	peers := map[string]bool{}
	client := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		peers[r.RemoteAddr] = true
		answer(w, 200, twoSeries)
	})
	for range 5 {
		if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil {
			t.Fatal(err)
		}
	}
	if len(peers) != 1 {
		t.Errorf("five queries took the connections %v", peers)
	}
}

func TestTLSServersGetHTTP2(t *testing.T) {
	var proto string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto = r.Proto
		answer(w, 200, twoSeries)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	secure := config.DefaultHTTPClientConfig
	secure.TLSConfig.CA = pemOf(server.Certificate().Raw, "CERTIFICATE")
	client := newClient(t, Options{URL: server.URL, HTTP: &secure})
	if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil {
		t.Fatal(err)
	}
	if proto != "HTTP/2.0" {
		t.Errorf("the query came with %s", proto)
	}
}

func TestUserAgent(t *testing.T) {
	var got http.Header
	client := serve(t, Options{UserAgent: "flyball-autoscaler"}, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		answer(w, 200, twoSeries)
	})
	if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil {
		t.Fatal(err)
	}
	if got.Get("User-Agent") != "flyball-autoscaler" || got.Get("Accept-Encoding") != "gzip" {
		t.Errorf("the headers are %v", got)
	}
}

func TestGzipResponse(t *testing.T) {
	client := serve(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { packed(w, strings.NewReader(twoSeries)) })
	reply, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	if err != nil || len(reply.Vector) != 2 {
		t.Errorf("the answer is %v, %v", reply, err)
	}
}

// TestGzipResponseIsBoundedUncompressed sends a few kilobytes that are 32 MiB unpacked.
func TestGzipResponseIsBoundedUncompressed(t *testing.T) {
	client := serve(t, Options{MaxBytes: 1 << 20, Timeout: time.Minute}, func(w http.ResponseWriter, _ *http.Request) {
		packed(w, io.LimitReader(spaces{}, 32<<20))
	})
	_, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, LimitExceeded, "larger than 1048576 bytes")
}

func TestUnreadableResponses(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		kind    Kind
		says    string
	}{
		{"a page for signing in", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>sign in")
		}, Malformed, "but text/html (<html>sign in): check the URL"},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, Malformed, "it is empty"},
		{"another encoding", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "xyz")
		}, Malformed, `encoding "br"`},
		{"a broken packing", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "this is not packed at all")
		}, Malformed, "cannot be decompressed"},
		{"a connection that breaks", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, twoSeries[:90])
		}, Unreachable, "ended early"},
		{"a number too large for JSON", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e999,"1"]}]}}`)
		}, Malformed, "not from the Prometheus API"},
		{"an error with the code of success", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 200, `{"status":"error","errorType":"execution","error":"too many samples"}`)
		}, LimitExceeded, "too many samples"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := serve(t, Options{}, test.handler).Query(t.Context(), Request{Query: "x", Time: instant})
			failed(t, err, test.kind, test.says)
		})
	}
}

func TestEndlessBodyTimesOut(t *testing.T) {
	client := serve(t, Options{Timeout: 50 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ") // the client has gone if it fails
			w.(http.Flusher).Flush()
		}
	})
	_, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, Timeout, "did not respond in time")
}

func TestTimeoutOfTheCallerIsSent(t *testing.T) {
	var reported string
	client := serve(t, Options{Timeout: 2 * time.Minute}, func(w http.ResponseWriter, r *http.Request) {
		reported = r.FormValue("timeout")
		answer(w, 200, twoSeries)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 59*time.Second+500*time.Millisecond)
	defer cancel()
	if _, err := client.Query(ctx, Request{Query: "x", Time: instant}); err != nil {
		t.Fatal(err)
	}
	if reported != "59s" {
		t.Errorf("the server was told %q", reported)
	}
}

// TestTimeoutFormat: Prometheus reads 1s and 500ms, but not 1.5s.
func TestTimeoutFormat(t *testing.T) {
	for in, want := range map[time.Duration]string{
		1500 * time.Millisecond: "1s", 90 * time.Second: "1m30s", 500 * time.Millisecond: "500ms",
		1500 * time.Microsecond: "1ms", time.Nanosecond: "1ms",
	} {
		if got := wholeUnits(in).String(); got != want {
			t.Errorf("%s is sent as %s, want %s", in, got, want)
		}
	}
}

func TestParametersAreInEveryRequest(t *testing.T) {
	got := map[string]url.Values{}
	client := serve(t, Options{Params: url.Values{"dedup": {"true"}, "storeMatch[]": {"a", "b"}}}, func(w http.ResponseWriter, r *http.Request) {
		got[r.URL.Path] = r.URL.Query()
		if r.URL.Path == "/api/v1/label/x/values" {
			answer(w, 200, `{"status":"success","data":[]}`)
			return
		}
		answer(w, 200, twoSeries)
	})
	if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.LabelValues(t.Context(), "", "x", nil, instant); err != nil {
		t.Fatal(err)
	}
	want := map[string]url.Values{
		"/api/v1/query": {"dedup": {"true"}, "storeMatch[]": {"a", "b"}},
		"/api/v1/label/x/values": {
			"dedup": {"true"}, "storeMatch[]": {"a", "b"}, "start": {"1700000000"}, "limit": {"250001"}, "timeout": {"10s"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters of the URL (-want +got):\n%s", diff)
	}
}

func TestRedirects(t *testing.T) {
	for _, test := range []struct {
		name, to string
		code     int
		says     string
	}{
		{"the same host, and the query goes with it", "/prometheus", http.StatusPermanentRedirect, ""},
		{"a page for signing in", "/login?token=s3cret", http.StatusFound, "/login, and the redirect drops the query"},
		{"a different host", "http://elsewhere.example/", http.StatusTemporaryRedirect, "http://elsewhere.example/, which is a different host"},
		{"itself", "/api/v1/query", http.StatusTemporaryRedirect, "has redirected five times"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/prometheus" && r.FormValue("query") == "x" {
					answer(w, 200, twoSeries)
					return
				}
				http.Redirect(w, r, test.to, test.code)
			})
			reply, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
			if test.says != "" {
				failed(t, err, Malformed, test.says)
				if strings.Contains(err.Error(), "s3cret") {
					t.Errorf("the error tells the parameters of the URL: %v", err)
				}
				return
			}
			if err != nil || len(reply.Vector) != 2 {
				t.Errorf("the answer is %v, %v", reply, err)
			}
		})
	}
}

func TestServersWithoutPOST(t *testing.T) {
	const short, long = 100, 20_000
	for _, test := range []struct {
		name         string
		get          bool
		code, length int
		asked        string
		kind         Kind
		says         string
	}{
		{"not allowed", false, http.StatusMethodNotAllowed, short, "POST GET", "", ""},
		{"forbidden", false, http.StatusForbidden, short, "POST GET", "", ""},
		{"not implemented", false, http.StatusNotImplemented, short, "POST GET", "", ""},
		{"too long for a URL then", false, http.StatusMethodNotAllowed, long, "POST GET", Refused, "too long for the server or a proxy, 414 (URI Too Long)"},
		{"so that we never post", true, http.StatusForbidden, short, "GET", "", ""},
		{"and what is too long is so at once", true, http.StatusForbidden, long, "GET", Refused, "allow POST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			client := serve(t, Options{Get: test.get}, func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.Method)
				switch {
				case r.Method == http.MethodPost:
					http.Error(w, "no", test.code)
				case len(r.URL.RawQuery) > 8000:
					http.Error(w, "URI Too Long", http.StatusRequestURITooLong)
				default:
					answer(w, 200, twoSeries)
				}
			})
			_, err := client.Query(t.Context(), Request{Query: strings.Repeat("x", test.length), Time: instant})
			if test.kind != "" {
				failed(t, err, test.kind, test.says)
			} else if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(test.asked, strings.Join(asked, " ")); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongQueryIsAPOST(t *testing.T) {
	query := strings.Repeat("x", 1<<20)
	var got int
	client := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		got = len(r.PostFormValue("query"))
		answer(w, 200, twoSeries)
	})
	if _, err := client.Query(t.Context(), Request{Query: query, Time: instant}); err != nil || got != len(query) {
		t.Errorf("%d bytes of the query arrived: %v", got, err)
	}
}

func packed(w http.ResponseWriter, r io.Reader) {
	w.Header().Set("Content-Encoding", "gzip")
	packer := gzip.NewWriter(w)
	_, _ = io.Copy(packer, r) // the client has gone if it fails
	_ = packer.Close()
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func newClient(t *testing.T, servers ...Options) *Client {
	t.Helper()
	client, err := New(servers...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func ExampleOptions_String() {
	fmt.Println(Options{Name: "long-term", URL: "https://reader:s3cret@thanos.example/"})
	// Output: long-term https://thanos.example/
}

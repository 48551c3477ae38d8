package dashboard

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestOnlyTheBrowserOfTheUserGetsThrough: not another user of the machine, who has no secret, not a page of another site, whose name leads
// here or which sends its own cookies, and no method that writes. The autoscaler does not see the secret.
func TestOnlyTheBrowserOfTheUserGetsThrough(t *testing.T) {
	var seen []*http.Request
	autoscaler := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r)
		_, _ = io.WriteString(w, "page of "+r.URL.Path)
	}))
	defer autoscaler.Close()
	target, err := url.Parse(autoscaler.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy("127.0.0.1:4711", target, http.DefaultTransport)
	ask := func(method, host, path, cookie string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), method, "http://"+host+path, nil)
		if cookie != "" {
			request.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
		}
		request.Header.Set("Authorization", "Bearer forged")
		answer := httptest.NewRecorder()
		p.ServeHTTP(answer, request)
		return answer
	}
	const own = "127.0.0.1:4711"
	opened := ask("GET", own, strings.TrimPrefix(p.address(), "http://"+own), "")
	cookies := opened.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Value != p.secret || len(p.secret) < 26 {
		t.Fatalf("%d %v", opened.Code, cookies)
	}
	for name, test := range map[string]struct {
		method, host, path, cookie string
		code                       int
	}{
		"the browser":              {"GET", own, "/dashboard/", p.secret, 200},
		"its first address":        {"GET", own, "/", p.secret, 302},
		"another user":             {"GET", own, "/dashboard/", "", 401},
		"a guess":                  {"GET", own, "/dashboard/", p.secret[1:], 401},
		"a guessed address":        {"GET", own, "/open/" + p.secret[1:], "", 401},
		"another name of the host": {"GET", "evil.example:4711", "/dashboard/", p.secret, 403},
		"another path":             {"GET", own, "/debug/summary", p.secret, 404},
		"a write":                  {"POST", own, "/dashboard/", p.secret, 405},
	} {
		if answer := ask(test.method, test.host, test.path, test.cookie); answer.Code != test.code {
			t.Errorf("%s: got %d %s, want %d", name, answer.Code, answer.Body, test.code)
		}
	}
	if len(seen) != 1 || seen[0].Header.Get("Cookie") != "" || seen[0].Header.Get("Authorization") != "" || seen[0].URL.Path != "/dashboard/" {
		t.Errorf("the autoscaler saw %d requests: %+v", len(seen), seen)
	}
}

package prom

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestTenants: a query names its own tenant, and one without the tenant of the configuration. Each request has one value of the
// header, also after a redirect and with a header of the same name in http.
func TestTenants(t *testing.T) {
	var got []string
	server := func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Values("X-Scope-Orgid")...)
		if r.URL.Path == "/api/v1/query" {
			http.Redirect(w, r, "/moved/api/v1/query", http.StatusTemporaryRedirect)
			return
		}
		answer(w, 200, twoSeries)
	}
	for _, test := range []struct{ header, common, tenant, want string }{
		{"X-Scope-OrgID", "rules", "shop", "[shop shop]"},
		{"X-Scope-OrgID", "rules", "", "[rules rules]"},
		{"X-Scope-OrgID", "", "shop", "[shop shop]"},
		{"X-Scope-OrgID", "", "", "[]"},
		{"", "", "shop", "[]"},
	} {
		got = nil
		client := serve(t, Options{TenantHeader: test.header, Tenant: test.common}, server)
		if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant, Tenant: test.tenant}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%+v: the requests name %v", test, got)
		}
	}
}

func TestTenantHeaderOfAFile(t *testing.T) {
	const start = "servers: [{name: a, url: 'http://mimir', tenantHeader: X-Scope-OrgID, "
	loaded, err := Load([]byte(start+"headers: {x-scope-orgid: infra, X-Other: b}}]"), "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	o := loaded[0]
	if o.TenantHeader != "X-Scope-Orgid" || o.Tenant != "infra" || hasHeader(o.HTTP.HTTPHeaders.Headers, "X-Scope-OrgID") || !hasHeader(o.HTTP.HTTPHeaders.Headers, "X-Other") {
		t.Errorf("loaded as %s %s with the headers %v", o.TenantHeader, o.Tenant, o.HTTP.HTTPHeaders)
	}
	for text, want := range map[string]string{
		start + "http: {http_headers: {x-scope-orgid: {values: [b]}}}}]":         `tenantHeader "X-Scope-OrgID": http.http_headers has it as well: set the tenant of rules in headers`,
		"servers: [{name: a, url: 'http://mimir', tenantHeader: Authorization}]": `tenantHeader "Authorization": is set for each request`,
		"servers: [{name: a, url: 'http://mimir', tenantHeader: 'a b'}]":         `tenantHeader "a b": is not a valid header name`,
		start + "headers: {X-Scope-OrgID: ''}}]":                                 `its value must be one non-empty line`,
	} {
		if _, err := Load([]byte(text), "/", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

package prom

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"k8s.io/apimachinery/pkg/util/validation"
)

// options validates the configuration, and returns all errors.
func (w *serverConfig) options(dir string, readSigV4 ReadSigner) (Options, error) {
	var problems []error
	note := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s%w", field, err))
		}
	}
	o := Options{Name: w.Name, URL: w.URL, Params: url.Values{}}
	if wrong := validation.IsDNS1123Label(w.Name); len(wrong) > 0 {
		note("name ", fmt.Errorf("%q: must be at most 63 lower-case letters, digits and dashes", w.Name))
	}
	note("url: ", CheckURL(w.URL))
	var err error
	o.Timeout, err = duration(w.Timeout)
	note("timeout ", err)
	concurrent, err := number(w.MaxConcurrent, 1, 1000)
	o.MaxConcurrent = int(concurrent)
	note("maxConcurrent ", err)
	series, err := number(w.MaxSeries, 1, 10_000_000)
	o.MaxSeries = int(series)
	note("maxSeries ", err)
	o.MaxBytes, err = number(w.MaxBytes, 1<<10, 4<<30)
	note("maxBytes ", err)
	o.Get, err = method(w.Method)
	note("method ", err)
	for _, name := range slices.Sorted(maps.Keys(w.Params)) {
		if slices.Contains(ownParams, name) {
			note("params."+name+": ", errors.New("is set for each request: remove it"))
		}
		o.Params[name] = w.Params[name]
	}
	note("tenantHeader ", w.takeTenant(&o))
	o.HTTP, err = w.http(dir)
	note("", err)
	o.Sign, err = w.signer(readSigV4)
	note("sigv4: ", err)
	return o, errors.Join(problems...)
}

// ownParams are set for each request.
var ownParams = []string{"query", "time", "timeout", "limit", "lookback_delta", "start", "end", "match[]"}

func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > 5*time.Minute {
		return 0, fmt.Errorf("%q: must be a duration between 1s and 5m, such as 10s", text)
	}
	return d, nil
}

// number parses an integer, optionally with the suffix Ki, Mi or Gi.
func number(text string, least, most int64) (int64, error) {
	if text == "" {
		return 0, nil
	}
	digits, unit := text, int64(1)
	for suffix, size := range map[string]int64{"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30} {
		if cut, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = cut, size
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > most/unit || n*unit < least {
		return 0, fmt.Errorf("%q: must be an integer between %d and %d", text, least, most)
	}
	return n * unit, nil
}

func (w *serverConfig) signer(read ReadSigner) (Signer, error) {
	if w.SigV4 == nil {
		return nil, nil
	}
	if read == nil {
		return nil, errors.New("Unsupported value: this program signs no requests")
	}
	return read(w.SigV4)
}

func method(text string) (get bool, err error) {
	switch text {
	case "", http.MethodPost:
		return false, nil
	case http.MethodGet:
		return true, nil
	}
	return false, fmt.Errorf("%q: must be POST, which falls back to GET, or GET", text)
}

// http returns the library's configuration with the plain headers added.
func (w *serverConfig) http(dir string) (*config.HTTPClientConfig, error) {
	h := config.DefaultHTTPClientConfig
	if w.HTTP != nil {
		h = *w.HTTP
	}
	h.SetDirectory(dir)
	all := map[string]config.Header{}
	if h.HTTPHeaders != nil {
		maps.Copy(all, h.HTTPHeaders.Headers)
	}
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		if err := checkHeader(name, w.Headers[name]); err != nil {
			return nil, fmt.Errorf("headers.%s: %w", name, err)
		}
		if hasHeader(all, name) {
			return nil, fmt.Errorf("headers.%s: http.http_headers has it as well: remove one", name)
		}
		all[name] = config.Header{Values: []string{w.Headers[name]}}
	}
	h.HTTPHeaders = &config.Headers{Headers: all}
	if w.SigV4 != nil && (h.Authorization != nil || h.BasicAuth != nil || h.OAuth2 != nil) {
		return nil, errors.New("sigv4: http has credentials as well: remove one")
	}
	return &h, nil
}

// takeTenant moves the tenant header from the headers of all requests to the options, by which each request has one value.
func (w *serverConfig) takeTenant(o *Options) error {
	if w.TenantHeader == "" {
		return nil
	}
	if err := checkHeader(w.TenantHeader, "x"); err != nil {
		return fmt.Errorf("%q: %w", w.TenantHeader, err)
	}
	if w.HTTP != nil && w.HTTP.HTTPHeaders != nil && hasHeader(w.HTTP.HTTPHeaders.Headers, w.TenantHeader) {
		return fmt.Errorf("%q: http.http_headers has it as well: set the tenant of rules in headers", w.TenantHeader)
	}
	o.TenantHeader = textproto.CanonicalMIMEHeaderKey(w.TenantHeader)
	rest := map[string]string{}
	for name, value := range w.Headers {
		if textproto.CanonicalMIMEHeaderKey(name) != o.TenantHeader {
			rest[name] = value
			continue
		}
		if err := checkHeader(name, value); err != nil {
			return fmt.Errorf("%q: headers.%s: %w", w.TenantHeader, name, err)
		}
		o.Tenant = value
	}
	w.Headers = rest
	return nil
}

func hasHeader(headers map[string]config.Header, name string) bool {
	for other := range headers {
		if textproto.CanonicalMIMEHeaderKey(other) == textproto.CanonicalMIMEHeaderKey(name) {
			return true
		}
	}
	return false
}

// checkHeader does not print the value, which may be a secret.
func checkHeader(name, value string) error {
	if _, reserved := config.ReservedHeaders[textproto.CanonicalMIMEHeaderKey(name)]; reserved {
		return errors.New("is set for each request: use http.authorization, http.basic_auth or http.oauth2 for credentials")
	}
	if wrong := validation.IsHTTPHeaderName(name); len(wrong) > 0 {
		return errors.New("is not a valid header name: use letters, digits and dashes")
	}
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("its value must be one non-empty line")
	}
	return nil
}

package prom

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// keeper answers those who show the credentials that are in force.
type keeper struct {
	authorization string
	seen          []string
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.seen = append(k.seen, r.Header.Get("Authorization"))
	if r.Header.Get("Authorization") != k.authorization {
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	answer(w, 200, twoSeries)
}

func TestRotatedTokenIsUsedWithoutRestart(t *testing.T) {
	k, f := &keeper{authorization: "Bearer first"}, newFolder(t)
	f.write(t, "token", "first\n")
	client := f.load(t, `servers: [{name: a, url: "`+serverOf(t, k.ServeHTTP)+`", http: {authorization: {credentials_file: token}}}]`)
	asks(t, client)
	k.authorization = "Bearer second"
	_, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, Denied, "who are you")
	f.write(t, "token", "second\n")
	asks(t, client)
	if err := os.Remove(filepath.Join(string(f), "token")); err != nil {
		t.Fatal(err)
	}
	_, err = client.Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, Denied, "cannot read a file of the connection")
	f.write(t, "token", "second\n")
	asks(t, client)
}

func TestRotatedPasswordIsUsedWithoutRestart(t *testing.T) {
	k, f := &keeper{authorization: "Basic bWU6Zmlyc3Q="}, newFolder(t)
	f.write(t, "password", "first")
	client := f.load(t, `servers: [{name: a, url: "`+serverOf(t, k.ServeHTTP)+`", http: {basic_auth: {username: me, password_file: password}}}]`)
	asks(t, client)
	k.authorization = "Basic bWU6c2Vjb25k"
	f.write(t, "password", "second")
	asks(t, client)
}

// TestRotatedCertificatesAreUsedWithoutRestart has the server's authority and the client's certificate replaced.
func TestRotatedCertificatesAreUsedWithoutRestart(t *testing.T) {
	var inForce *tls.Config
	var seen string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.TLS.PeerCertificates[0].Subject.CommonName
		answer(w, 200, twoSeries)
	}))
	server.TLS = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return inForce, nil },
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	f := newFolder(t)
	var client *Client
	for _, round := range []string{"first", "second"} {
		ours, others := newAuthority(t, "of the clients"), newAuthority(t, "of the servers")
		certificate, key := others.sign(t, "prometheus.monitoring")
		inForce = &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pairOf(t, certificate, key)},
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool(),
		}
		server.CloseClientConnections()
		if client != nil { // we have the old ones still
			_, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
			failed(t, err, Unreachable, "certificate signed by unknown authority")
		}
		certificate, key = ours.sign(t, round)
		f.write(t, "ca.crt", others.pem)
		f.write(t, "tls.crt", certificate)
		f.write(t, "tls.key", key)
		if client == nil {
			client = f.load(t, `servers: [{name: a, url: "`+server.URL+`", http: {tls_config:
{ca_file: ca.crt, cert_file: tls.crt, key_file: tls.key, server_name: prometheus.monitoring}}}]`)
		}
		asks(t, client)
		if seen != round {
			t.Errorf("in the %s round the client was %s", round, seen)
		}
	}
}

func TestCredentialFilesMustExistAtStart(t *testing.T) {
	for want, http := range map[string]string{
		"server a: http: unable to read CA cert":                               `{tls_config: {ca_file: none.pem}}`,
		"server a: http: unable to use specified CA cert":                      `{tls_config: {ca_file: prometheus.yaml}}`,
		"server a: http: unable to read specified client cert":                 `{tls_config: {cert_file: none.pem, key_file: none.pem}}`,
		"server a: http: unable to use credentials: cannot use secret ref":     `{authorization: {credentials_ref: x}}`,
		"server a: http: tls_config.max_version must be greater than or equal": `{tls_config: {min_version: TLS13, max_version: TLS12}}`,
	} {
		f := newFolder(t)
		f.write(t, "prometheus.yaml", `servers: [{name: a, url: "https://a", http: `+http+`}]`)
		_, err := Open(filepath.Join(string(f), "prometheus.yaml"), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave the error %v, want %q", http, err, want)
		}
	}
}

func TestConfigFileDefaultsToTheFlags(t *testing.T) {
	f := newFolder(t)
	f.write(t, "prometheus.yaml", `servers: [{name: a, url: "http://a", timeout: 3s}, {name: b, url: "http://b", maxConcurrent: 2}]`)
	client, err := Open(filepath.Join(string(f), "prometheus.yaml"), Options{Timeout: 7 * time.Second, MaxConcurrent: 5, UserAgent: "me"})
	if err != nil {
		t.Fatal(err)
	}
	a, b := client.servers["a"].options, client.servers["b"].options
	if a.Timeout != 3*time.Second || a.MaxConcurrent != 5 || b.Timeout != 7*time.Second || b.MaxConcurrent != 2 || a.UserAgent != "me" {
		t.Errorf("a has %s, %d, %q and b %s, %d", a.Timeout, a.MaxConcurrent, a.UserAgent, b.Timeout, b.MaxConcurrent)
	}
}

func TestHeadersFromFiles(t *testing.T) {
	var got http.Header
	f := newFolder(t)
	f.write(t, "key", "s3cret\n")
	client := f.load(t, `servers: [{name: a, url: "`+serverOf(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		answer(w, 200, twoSeries)
	})+`", headers: {X-Scope-OrgID: team-a}, http: {http_headers: {X-Key: {files: [key]}}}}]`)
	asks(t, client)
	if got.Get("X-Scope-OrgID") != "team-a" || got.Get("X-Key") != "s3cret" {
		t.Errorf("the headers are %v", got)
	}
}

// TestOAuth2 has a token given for the client's secret, which rotates.
func TestOAuth2(t *testing.T) {
	k, f := &keeper{authorization: "Bearer for-first"}, newFolder(t)
	tokens := serverOf(t, func(w http.ResponseWriter, r *http.Request) {
		_, secret, ok := r.BasicAuth()
		if !ok { // the library tries both places
			secret = r.PostFormValue("client_secret")
		}
		if secret == "wrong" {
			answer(w, 401, `{"error":"invalid_client"}`)
			return
		}
		answer(w, 200, `{"access_token":"for-`+secret+`","token_type":"Bearer","expires_in":3600}`)
	})
	f.write(t, "secret", "first")
	client := f.load(t, `servers: [{name: a, url: "`+serverOf(t, k.ServeHTTP)+`", http: {oauth2:
{client_id: flyball, client_secret_file: secret, token_url: "`+tokens+`/token"}}}]`)
	asks(t, client)
	k.authorization = "Bearer for-second"
	f.write(t, "secret", "second")
	asks(t, client)
	f.write(t, "secret", "wrong")
	_, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, Denied, "the OAuth2 server returned no token: 401 Unauthorized invalid_client")
}

// TestSigV4 looks at the form of a signature; that it is the right one is the library's.
func TestSigV4(t *testing.T) {
	withoutCloud(t)
	var got http.Header
	client := newFolder(t).load(t, `servers: [{name: a, url: "`+serverOf(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		if r.PostFormValue("query") != "x" {
			t.Error("the query was lost when it was signed")
		}
		answer(w, 200, twoSeries)
	})+`/workspaces/ws-1", sigv4: {region: eu-central-1, access_key: AKID, secret_key: s3cret}}]`)
	asks(t, client)
	form := regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKID/\d{8}/eu-central-1/aps/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$`)
	if !form.MatchString(got.Get("Authorization")) || got.Get("X-Amz-Date") == "" || strings.Contains(got.Get("Authorization"), "accept-encoding") {
		t.Errorf("the headers are %v", got)
	}
}

// TestSigV4WithoutCredentials: the program starts, and the query says what is missing until it is there.
func TestSigV4WithoutCredentials(t *testing.T) {
	withoutCloud(t)
	client := newFolder(t).load(t, `servers: [{name: a, url: "`+serverOf(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, twoSeries) })+
		`", sigv4: {region: eu-central-1}}]`)
	_, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, Denied, "the request cannot be signed: could not get SigV4 credentials")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
	asks(t, client)
}

// withoutCloud hides the credentials of whoever runs the tests, and the address that machines of the cloud get theirs from.
func withoutCloud(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
}

// asks wants an answer.
func asks(t *testing.T, client *Client) {
	t.Helper()
	if _, err := client.Query(t.Context(), Request{Query: "x", Time: instant}); err != nil {
		t.Fatal(err)
	}
}

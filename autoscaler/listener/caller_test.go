package listener

import (
	"io"
	"net/http"
	"testing"
)

// TestCallersListTheirNamespaces: the rights to one namespace are not those to another, or to all.
func TestCallersListTheirNamespaces(t *testing.T) {
	address := start(t, Options{SkipLookup: true}, "127.0.0.1:0")
	for path, want := range map[string]string{"/page/shop": "secret", "/page/bank": "", "/stream/shop": "secret", "/stream/bank": ""} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer ann")
		response, err := client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close() // it is read
		if err != nil || string(text) != want || response.StatusCode != http.StatusOK {
			t.Errorf("%s: got %s %q, %v, want %q", path, response.Status, text, err, want)
		}
	}
}

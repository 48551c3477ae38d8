package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// apiServer starts a fake API server and returns the path of its kubeconfig. The server authenticates callers by their token,
// allows them to read in all namespaces but one, and has two pods and a node.
func apiServer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /apis/authentication.k8s.io/v1/tokenreviews", func(w http.ResponseWriter, r *http.Request) {
		var review authenticationv1.TokenReview
		decode(t, r, &review)
		review.Status.Authenticated = review.Spec.Token != "nobody"
		review.Status.User.Username = review.Spec.Token
		encode(w, &review)
	})
	mux.HandleFunc("POST /apis/authorization.k8s.io/v1/subjectaccessreviews", func(w http.ResponseWriter, r *http.Request) {
		var review authorizationv1.SubjectAccessReview
		decode(t, r, &review)
		of := review.Spec.ResourceAttributes
		review.Status.Allowed = of == nil || of.Namespace != "secret"
		encode(w, &review)
	})
	mux.HandleFunc("GET /api/v1/pods", objectsOf(
		held{"shop", "web-1", "web"}, held{"shop", "web-2", "other"},
	))
	mux.HandleFunc("GET /api/v1/nodes", objectsOf(held{"", "n1", "node"}))
	serveAPIService(t, mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],`+
		`"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{}}]}`, server.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// caBundles are spec.caBundle of the fake API servers, by test.
var caBundles sync.Map

func published(t *testing.T) []byte {
	bundle, _ := caBundles.Load(t.Name())
	text, _ := bundle.([]byte)
	return text
}

// serveAPIService serves an APIService that leads to the adapter, and keeps what is published in it.
func serveAPIService(t *testing.T, mux *http.ServeMux) {
	const path = "/apis/apiregistration.k8s.io/v1/apiservices"
	answer := func(w http.ResponseWriter) {
		encode(w, map[string]any{
			"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": "v1beta2.custom.metrics.k8s.io", "resourceVersion": "7"},
			"spec": map[string]any{"service": map[string]any{"namespace": "flyball", "name": "flyball-metricsadapter"}, "caBundle": published(t)},
		})
	}
	mux.HandleFunc("GET "+path+"/v1beta2.custom.metrics.k8s.io", func(w http.ResponseWriter, _ *http.Request) { answer(w) })
	mux.HandleFunc("PATCH "+path+"/v1beta2.custom.metrics.k8s.io", func(w http.ResponseWriter, r *http.Request) {
		var patch struct{ Spec struct{ CABundle []byte } }
		decode(t, r, &patch)
		caBundles.Store(t.Name(), patch.Spec.CABundle)
		answer(w)
	})
}

func decode(t *testing.T, r *http.Request, into any) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		t.Error(err)
	}
}

func encode(w http.ResponseWriter, of any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(of)
}

type held struct{ namespace, name, app string }

func (o held) metadata() metav1.PartialObjectMetadata {
	return metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadata"},
		ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: o.name, ResourceVersion: "7", Labels: map[string]string{"app": o.app}},
	}
}

// objectsOf lists objects; watches return no events, because the objects never change.
func objectsOf(objects ...held) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch query := r.URL.Query(); {
		case query.Get("sendInitialEvents") == "true":
			http.Error(w, "lists are not streamed here", http.StatusUnprocessableEntity)
		case query.Get("watch") == "true" || query.Get("watch") == "1":
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		default:
			list := metav1.PartialObjectMetadataList{
				TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadataList"},
				ListMeta: metav1.ListMeta{ResourceVersion: "7"},
			}
			for _, o := range objects {
				list.Items = append(list.Items, o.metadata())
			}
			encode(w, &list)
		}
	}
}

// backend answers each query that contains one of these words with its series, all with the value 1.
func backend(t *testing.T, series map[string][]map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		now := float64(time.Now().Unix())
		value := "1"
		if strings.Contains(query, "timestamp") {
			value = fmt.Sprint(int64(now))
		}
		result := []any{}
		for word, all := range series {
			if !strings.Contains(query, word) {
				continue
			}
			for _, labels := range all {
				result = append(result, map[string]any{"metric": labels, "value": []any{now, value}})
			}
		}
		encode(w, map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": result}})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

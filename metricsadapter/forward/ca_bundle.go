package forward

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"k8s.io/client-go/rest"
)

// CABundle returns CA certificates in PEM. It is called regularly, because they are renewed.
type CABundle func(ctx context.Context) ([]byte, error)

// noProxy disables proxies: the other provider is in the cluster, and the token is meant only for it.
func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// ParseCABundle parses the location of a CA: the path of a file; configmap:NAMESPACE/NAME/KEY; or apiservice:NAME, for
// its caBundle. The client reads the last two.
func ParseCABundle(text string, client rest.Interface) (CABundle, error) {
	kind, reference, remote := strings.Cut(text, ":")
	switch {
	case text == "":
		return nil, fmt.Errorf("must be a file, configmap:NAMESPACE/NAME/KEY or apiservice:NAME")
	case remote && kind == "configmap":
		parts := strings.Split(reference, "/")
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return nil, fmt.Errorf("%q must be configmap:NAMESPACE/NAME/KEY", text)
		}
		return configMapCABundle(client, parts[0], parts[1], parts[2]), nil
	case remote && kind == "apiservice" && reference != "":
		return apiServiceCABundle(client, reference), nil
	}
	return func(context.Context) ([]byte, error) { return os.ReadFile(text) }, nil
}

func configMapCABundle(client rest.Interface, namespace, name, key string) CABundle {
	return func(ctx context.Context) ([]byte, error) {
		var of struct {
			Data map[string]string `json:"data"`
		}
		if err := read(ctx, client, &of, "/api/v1/namespaces", namespace, "configmaps", name); err != nil {
			return nil, err
		}
		if of.Data[key] == "" {
			return nil, fmt.Errorf("ConfigMap %s/%s has no key %s", namespace, name, key)
		}
		return []byte(of.Data[key]), nil
	}
}

func apiServiceCABundle(client rest.Interface, name string) CABundle {
	return func(ctx context.Context) ([]byte, error) {
		var of struct {
			Spec struct {
				CABundle []byte `json:"caBundle"`
			} `json:"spec"`
		}
		if err := read(ctx, client, &of, "/apis/apiregistration.k8s.io/v1/apiservices", name); err != nil {
			return nil, err
		}
		if len(of.Spec.CABundle) == 0 {
			return nil, fmt.Errorf("APIService %s has no caBundle", name)
		}
		return of.Spec.CABundle, nil
	}
}

func read(ctx context.Context, client rest.Interface, into any, path ...string) error {
	text, err := client.Get().AbsPath(path...).DoRaw(ctx)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

package forward

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apiserver/pkg/endpoints/request"
)

// pathOf makes the path of a request anew, from the parts that its caller was authorised for. Another server may read a path
// with odd parts in another way, and would then tell what nobody allowed.
func pathOf(info *request.RequestInfo) (string, error) {
	parts := slices.Clone(info.Parts)
	if info.Namespace != "" && (len(parts) == 0 || parts[0] != "namespaces") {
		parts = append([]string{"namespaces", info.Namespace}, parts...)
	}
	for _, part := range parts {
		if part != "*" && len(content.IsPathSegmentName(part)) > 0 || part == "" {
			return "", fmt.Errorf("%q cannot be a part of a metric's path", part)
		}
	}
	made := "/" + strings.Join(append([]string{info.APIPrefix, info.APIGroup, info.APIVersion}, parts...), "/")
	if made != strings.TrimSuffix(info.Path, "/") {
		return "", fmt.Errorf("the path %q is none of a metric", info.Path)
	}
	return made, nil
}

// queryOf keeps the parameters that choose a metric's values, and no others.
func queryOf(r *http.Request) url.Values {
	kept := url.Values{}
	for _, name := range []string{"labelSelector", "metricLabelSelector"} {
		if value := r.URL.Query().Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

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

// pathOf builds the path of the forwarded request from the parts that the caller is authorized for. Another server may
// parse unusual paths differently, and would then return data that the caller may not read.
func pathOf(info *request.RequestInfo) (string, error) {
	parts := slices.Clone(info.Parts)
	if info.Namespace != "" && (len(parts) == 0 || parts[0] != "namespaces") {
		parts = append([]string{"namespaces", info.Namespace}, parts...)
	}
	for _, part := range parts {
		if part != "*" && len(content.IsPathSegmentName(part)) > 0 || part == "" {
			return "", fmt.Errorf("%q is not valid in the path of a metric", part)
		}
	}
	made := "/" + strings.Join(append([]string{info.APIPrefix, info.APIGroup, info.APIVersion}, parts...), "/")
	if made != strings.TrimSuffix(info.Path, "/") {
		return "", fmt.Errorf("the path %q is not the path of a metric", info.Path)
	}
	return made, nil
}

// queryOf keeps only the parameters that select a metric's values.
func queryOf(r *http.Request) url.Values {
	kept := url.Values{}
	for _, name := range []string{"labelSelector", "metricLabelSelector"} {
		if value := r.URL.Query().Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

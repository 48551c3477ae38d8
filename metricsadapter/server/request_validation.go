package server

import (
	"fmt"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/handlers/responsewriters"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	"k8s.io/metrics/pkg/apis/external_metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
)

// requestValidation rejects requests that the library answers misleadingly: it treats a watch of a custom metric as a
// read, and an invalid selector as a server error.
type requestValidation struct{ next http.Handler }

// ServeHTTP serves a request with a RequestInfo.
func (s *requestValidation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	info, known := request.RequestInfoFrom(r.Context())
	if known && info.IsResourceRequest && (info.APIGroup == custom_metrics.GroupName || info.APIGroup == external_metrics.GroupName) {
		if err := validateRequest(r, info); err != nil {
			version := schema.GroupVersion{Group: info.APIGroup, Version: info.APIVersion}
			responsewriters.ErrorNegotiated(err, apiserver.Codecs, version, w, r)
			return
		}
	}
	s.next.ServeHTTP(w, r)
}

func validateRequest(r *http.Request, info *request.RequestInfo) error {
	query := r.URL.Query()
	if watch, err := strconv.ParseBool(query.Get("watch")); err == nil && watch || info.Verb == "watch" {
		return apierrors.NewMethodNotSupported(schema.GroupResource{Group: info.APIGroup, Resource: info.Resource}, "watch")
	}
	for _, name := range []string{"labelSelector", "metricLabelSelector"} {
		if _, err := labels.Parse(query.Get(name)); err != nil {
			return apierrors.NewBadRequest(fmt.Sprintf("invalid %s %q: %v", name, query.Get(name), err))
		}
	}
	return nil
}

package certificate

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	certutil "k8s.io/client-go/util/cert"
)

// Expiry is a metric: the time at which a serving certificate expires, of a file or in memory.
type Expiry struct {
	provider atomic.Pointer[dynamiccertificates.CertKeyContentProvider]
	expires  *prometheus.Desc
}

// NewExpiry returns the metric of a certificate that SetProvider sets.
func NewExpiry() *Expiry {
	return &Expiry{expires: prometheus.NewDesc("flyball_serving_certificate_expiration_timestamp_seconds",
		"Time at which the serving certificate in use expires, in seconds since the epoch.", nil, nil)}
}

// SetProvider sets the certificate.
func (e *Expiry) SetProvider(provider dynamiccertificates.CertKeyContentProvider) {
	e.provider.Store(&provider)
}

// Describe implements prometheus.Collector.
func (e *Expiry) Describe(descs chan<- *prometheus.Desc) { descs <- e.expires }

// Collect implements prometheus.Collector. Without a valid certificate the metric is missing, because 0 would be a time.
func (e *Expiry) Collect(metrics chan<- prometheus.Metric) {
	provider := e.provider.Load()
	if provider == nil {
		return
	}
	text, _ := (*provider).CurrentCertKeyContent()
	chain, err := certutil.ParseCertsPEM(text)
	if err != nil || len(chain) == 0 {
		return
	}
	metrics <- prometheus.MustNewConstMetric(e.expires, prometheus.GaugeValue, float64(chain[0].NotAfter.Unix()))
}

package checkpoint

import "github.com/prometheus/client_golang/prometheus"

// Register registers the counters of writes with registry.
func (s *Store) Register(registry prometheus.Registerer) {
	registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "flyball_autoscaler_state_writes_total",
			Help: "Number of ConfigMaps written to save autoscaler state.",
		}, func() float64 { writes, _ := s.Written(); return float64(writes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "flyball_autoscaler_state_written_bytes_total",
			Help: "Number of bytes written to save autoscaler state.",
		}, func() float64 { _, bytes := s.Written(); return float64(bytes) }),
	)
}

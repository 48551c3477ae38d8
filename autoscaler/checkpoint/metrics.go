package checkpoint

import "github.com/prometheus/client_golang/prometheus"

// Register has the writes of m counted in registry.
func (m *Memory) Register(registry prometheus.Registerer) {
	registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "flyball_autoscaler_state_writes_total",
			Help: "ConfigMaps written to keep what autoscalers remember.",
		}, func() float64 { writes, _ := m.Written(); return float64(writes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "flyball_autoscaler_state_written_bytes_total",
			Help: "Bytes written to keep what autoscalers remember.",
		}, func() float64 { _, bytes := m.Written(); return float64(bytes) }),
	)
}

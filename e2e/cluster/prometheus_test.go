package cluster

import "testing"

// TestJobsOfOneAddressHaveSeriesOfTheirOwn: a kubelet has two jobs, with the same label job and the same address.
func TestJobsOfOneAddressHaveSeriesOfTheirOwn(t *testing.T) {
	for _, tc := range []struct {
		job  ScrapeJob
		want string
	}{
		{ScrapeJob{Name: "load"}, `up{instance="127.0.0.1:1",job="load"}`},
		{
			ScrapeJob{Name: "kubelet-a-cadvisor", Static: []StaticTarget{{Labels: map[string]string{"job": "kubelet", "metrics_path": "/metrics/cadvisor"}}}},
			`up{instance="127.0.0.1:1",job="kubelet",metrics_path="/metrics/cadvisor"}`,
		},
	} {
		static := StaticTarget{}
		if len(tc.job.Static) > 0 {
			static = tc.job.Static[0]
		}
		if got := tc.job.up(&static, "127.0.0.1:1"); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}

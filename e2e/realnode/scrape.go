package realnode

import (
	"fmt"

	"flyball.dev/flyball/e2e/cluster"
)

// ScrapeJobs are the jobs that let Prometheus read this node's kubelet: cAdvisor's series of each container, and the
// resource metrics of containers, pods and the node. They carry the labels job="kubelet", metrics_path and node, as
// the usual installations of Prometheus on Kubernetes have them. Hand them to Cluster.AddScrape.
func (n *Node) ScrapeJobs() []cluster.ScrapeJob {
	return []cluster.ScrapeJob{n.scrapeJob("cadvisor", "/metrics/cadvisor"), n.scrapeJob("resource", "/metrics/resource")}
}

func (n *Node) scrapeJob(name, path string) cluster.ScrapeJob {
	return cluster.ScrapeJob{
		Name:        fmt.Sprintf("kubelet-%s-%s", n.Name, name),
		Scheme:      "https",
		MetricsPath: path,
		// The kubelet's samples carry the time at which cAdvisor read them. A container that ends must become stale
		// at once all the same, or its last usage would be counted for five minutes more.
		Stale: true,
		TLS: &cluster.ScrapeTLS{
			CAFile:   n.options.Cluster.Authority.CertFile,
			CertFile: n.files.scraper.CertFile,
			KeyFile:  n.files.scraper.KeyFile,
		},
		Static: []cluster.StaticTarget{{
			Targets: []string{fmt.Sprintf("127.0.0.1:%d", n.Port)},
			Labels:  map[string]string{"job": "kubelet", "metrics_path": path, "node": n.Name},
		}},
	}
}

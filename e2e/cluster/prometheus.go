package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/e2e/process"
)

// ScrapeJob is one job of Prometheus's configuration.
type ScrapeJob struct {
	Name        string         `json:"job_name"`
	MetricsPath string         `json:"metrics_path,omitempty"`
	Scheme      string         `json:"scheme,omitempty"`
	Interval    string         `json:"scrape_interval,omitempty"`
	HonorLabels bool           `json:"honor_labels,omitempty"`
	Stale       bool           `json:"track_timestamps_staleness,omitempty"`
	TLS         *ScrapeTLS     `json:"tls_config,omitempty"`
	Static      []StaticTarget `json:"static_configs"`
	Drop        []Relabel      `json:"metric_relabel_configs,omitempty"`
}

// StaticTarget are addresses on loopback, host:port, and labels for what they expose.
type StaticTarget struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels,omitempty"`
}

// ScrapeTLS has the client certificate of Prometheus and the authority it accepts.
type ScrapeTLS struct {
	CAFile             string `json:"ca_file,omitempty"`
	CertFile           string `json:"cert_file,omitempty"`
	KeyFile            string `json:"key_file,omitempty"`
	ServerName         string `json:"server_name,omitempty"`
	InsecureSkipVerify bool   `json:"insecure_skip_verify,omitempty"`
}

// Relabel is one rule that changes labels.
type Relabel struct {
	SourceLabels []string `json:"source_labels,omitempty"`
	Regex        string   `json:"regex,omitempty"`
	TargetLabel  string   `json:"target_label,omitempty"`
	Replacement  string   `json:"replacement,omitempty"`
	Action       string   `json:"action,omitempty"`
}

type prometheusConfig struct {
	Global struct {
		ScrapeInterval     string `json:"scrape_interval"`
		ScrapeTimeout      string `json:"scrape_timeout"`
		EvaluationInterval string `json:"evaluation_interval"`
	} `json:"global"`
	ScrapeConfigs []ScrapeJob `json:"scrape_configs"`
}

func (c *Cluster) prometheus() process.Spec {
	args := []string{
		"--config.file=" + c.prometheusConfigFile(),
		"--storage.tsdb.path=" + filepath.Join(c.Dir, "prometheus"),
		"--storage.tsdb.retention.time=1d",
		"--web.listen-address=" + loopback(c.ports.prometheus),
		"--web.enable-lifecycle",
		"--log.level=warn",
	}
	return process.Spec{Name: "prometheus", Path: c.Binary("prometheus"), Args: append(args, c.options.PrometheusArgs...), Dir: c.Dir, Grace: grace}
}

func (c *Cluster) runPrometheus() error {
	running, err := c.Run(c.prometheus())
	c.prom = running
	return err
}

func (c *Cluster) waitForPrometheus(ctx context.Context) error {
	return c.Wait(ctx, "Prometheus to be ready", func(ctx context.Context) (bool, error) {
		return call(ctx, http.MethodGet, c.PrometheusURL+"/-/ready") == nil, nil
	})
}

// KillPrometheus ends Prometheus as a crash does. Its data stays.
func (c *Cluster) KillPrometheus() {
	c.Release(c.prom)
	c.prom.Kill()
}

// RestartPrometheus starts Prometheus where it was before KillPrometheus, and waits until it is ready.
func (c *Cluster) RestartPrometheus(ctx context.Context) error {
	if err := c.runPrometheus(); err != nil {
		return err
	}
	return c.waitForPrometheus(ctx)
}

// FreezePrometheus makes Prometheus hang: it accepts connections and answers none, and it scrapes nothing, until
// ThawPrometheus.
func (c *Cluster) FreezePrometheus() { c.prom.Freeze() }

// ThawPrometheus continues a Prometheus that FreezePrometheus made hang.
func (c *Cluster) ThawPrometheus() { c.prom.Thaw() }

func (c *Cluster) prometheusConfigFile() string { return filepath.Join(c.Dir, "prometheus.yaml") }

func (c *Cluster) writePrometheusConfig() error {
	for _, job := range c.scrape {
		for _, static := range job.Static {
			for _, target := range static.Targets {
				if err := onLoopback(target); err != nil {
					return fmt.Errorf("scrape job %s: %w", job.Name, err)
				}
			}
		}
	}
	config := prometheusConfig{ScrapeConfigs: c.scrape}
	interval := c.options.ScrapeInterval.String()
	config.Global.ScrapeInterval, config.Global.ScrapeTimeout, config.Global.EvaluationInterval = interval, interval, interval
	content, err := yaml.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(c.prometheusConfigFile(), content, 0o600)
}

// AddScrape adds scrape jobs to the configuration of Prometheus, replaces those with the same names, and waits until
// Prometheus has scraped their static targets once: it finds new targets only some seconds after it has read them.
func (c *Cluster) AddScrape(ctx context.Context, jobs ...ScrapeJob) error {
	if err := c.reconfigureScrape(ctx, jobs); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for _, job := range jobs {
		for _, static := range job.Static {
			for _, address := range static.Targets {
				query := job.up(&static, address)
				err := c.Wait(ctx, "the first scrape of "+address, func(ctx context.Context) (bool, error) {
					_, scraped, err := c.QueryNumber(ctx, query)
					return err == nil && scraped, nil
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// up returns the query for whether the last scrape of an address by the job succeeded: one series. Jobs of other paths may have the same
// label job, and the same address.
func (j *ScrapeJob) up(static *StaticTarget, address string) string {
	labels := map[string]string{"job": j.Name}
	maps.Copy(labels, static.Labels)
	labels["instance"] = address
	matchers := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		matchers = append(matchers, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	return "up{" + strings.Join(matchers, ",") + "}"
}

func (c *Cluster) reconfigureScrape(ctx context.Context, jobs []ScrapeJob) error {
	c.scrapeMutex.Lock()
	defer c.scrapeMutex.Unlock()
	for _, job := range jobs {
		c.scrape = slices.DeleteFunc(c.scrape, func(other ScrapeJob) bool { return other.Name == job.Name })
		c.scrape = append(c.scrape, job)
	}
	if err := c.writePrometheusConfig(); err != nil {
		return err
	}
	return call(ctx, http.MethodPost, c.PrometheusURL+"/-/reload")
}

// call makes one request and wants a 2xx answer.
func call(ctx context.Context, method, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 == 2 {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return errors.Join(fmt.Errorf("%s %s: %s: %s", method, address, response.Status, body), err)
}

package prom

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v2"

	"flyball.dev/flyball/metricsadapter/manifest"
)

// LoadFile reads a file of server configurations; see Load. Relative paths are relative to the directory of the file.
func LoadFile(path string, readSigV4 ReadSigner) ([]Options, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Load(text, filepath.Dir(path), readSigV4)
}

// Open returns a client for the servers of a file, or for the single server of common where file is empty. Fields of
// common apply to each server whose configuration omits them.
func Open(file string, common Options) (*Client, error) {
	if file == "" {
		return New(common)
	}
	servers, err := LoadFile(file, common.ReadSigV4)
	if err != nil {
		return nil, err
	}
	for i := range servers {
		s := &servers[i]
		s.Timeout = cmp.Or(s.Timeout, common.Timeout)
		s.MaxConcurrent = cmp.Or(s.MaxConcurrent, common.MaxConcurrent)
		s.NamespaceBudget, s.BudgetPeriod, s.NamespaceBudgetOf = common.NamespaceBudget, common.BudgetPeriod, common.NamespaceBudgetOf
		s.UserAgent, s.Metrics = common.UserAgent, common.Metrics
	}
	return New(servers...)
}

// Load parses server configurations. Relative paths are relative to dir. The error names every invalid server and
// field, and contains no secret.
func Load(text []byte, dir string, readSigV4 ReadSigner) ([]Options, error) {
	var f struct {
		Servers []serverConfig `yaml:"servers"`
	}
	document, err := manifest.One(text)
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict(document.Text, &f); err != nil {
		return nil, yamlError(err)
	}
	if _, err := document.JSON(); err != nil { // a second document without a --- before it
		return nil, err
	}
	if len(f.Servers) == 0 {
		return nil, errors.New("servers: Required value: must have at least one server")
	}
	var problems []error
	names := map[string]bool{}
	servers := make([]Options, len(f.Servers))
	for i, w := range f.Servers {
		o, err := w.options(dir, readSigV4)
		if names[o.Name] {
			err = errors.Join(err, fmt.Errorf("name %q: Duplicate value: an earlier server has this name", o.Name))
		}
		names[o.Name] = true
		servers[i] = o
		for _, problem := range unjoin(err) {
			problems = append(problems, fmt.Errorf("servers[%d] %s: %w", i, w.Name, problem))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return servers, nil
}

// serverConfig is a server as it is written in the file. Numbers and durations are strings, so that an error can name
// their field.
type serverConfig struct {
	Name          string                   `yaml:"name"`
	URL           string                   `yaml:"url"`
	Timeout       string                   `yaml:"timeout"`
	MaxConcurrent string                   `yaml:"maxConcurrent"`
	MaxSeries     string                   `yaml:"maxSeries"`
	MaxBytes      string                   `yaml:"maxBytes"`
	Method        string                   `yaml:"method"`
	Headers       map[string]string        `yaml:"headers"`
	TenantHeader  string                   `yaml:"tenantHeader"`
	Params        map[string]stringList    `yaml:"params"`
	HTTP          *config.HTTPClientConfig `yaml:"http"`
	SigV4         field                    `yaml:"sigv4"`
}

// UnmarshalYAML adds the name of the server to errors.
func (w *serverConfig) UnmarshalYAML(unmarshal func(any) error) error {
	var named struct {
		Name string         `yaml:"name"`
		Rest map[string]any `yaml:",inline"`
	}
	// The second unmarshal returns the error.
	_ = unmarshal(&named)
	type plain serverConfig
	if err := unmarshal((*plain)(w)); err != nil {
		return fmt.Errorf("server %q: %w", named.Name, yamlError(err))
	}
	return nil
}

// stringList is one string or a list of strings.
type stringList []string

// UnmarshalYAML accepts a single string as a list of one.
func (t *stringList) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*t = stringList{one}
		return nil
	}
	return unmarshal((*[]string)(t))
}

// unjoin returns the errors of a joined error.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

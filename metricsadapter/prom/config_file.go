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

// LoadFile reads a file of connections, as Load does. Paths in it that are not absolute start at the file's folder.
func LoadFile(path string, readSigV4 ReadSigner) ([]Options, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Load(text, filepath.Dir(path), readSigV4)
}

// Open makes a client of the servers of a file, or of the one server that common names where there is no file. What common
// has holds for each server whose own part of the file leaves it out.
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
		s.NamespaceBudget, s.BudgetPeriod = common.NamespaceBudget, common.BudgetPeriod
		s.UserAgent, s.Metrics = common.UserAgent, common.Metrics
	}
	return New(servers...)
}

// Load reads the connections to servers. Paths that are not absolute start at dir. The error names every server and field
// that is wrong, not just the first, and no secret.
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
		return nil, errors.New("servers: is needed, with one server at least")
	}
	var problems []error
	names := map[string]bool{}
	servers := make([]Options, len(f.Servers))
	for i, w := range f.Servers {
		o, err := w.options(dir, readSigV4)
		if names[o.Name] {
			err = errors.Join(err, fmt.Errorf("name %q: an earlier server has this name", o.Name))
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

// serverConfig is as written. Numbers and durations are texts, so that a wrong one can be told with its field.
type serverConfig struct {
	Name          string                   `yaml:"name"`
	URL           string                   `yaml:"url"`
	Timeout       string                   `yaml:"timeout"`
	MaxConcurrent string                   `yaml:"maxConcurrent"`
	MaxSeries     string                   `yaml:"maxSeries"`
	MaxBytes      string                   `yaml:"maxBytes"`
	Method        string                   `yaml:"method"`
	Headers       map[string]string        `yaml:"headers"`
	Params        map[string]stringList    `yaml:"params"`
	HTTP          *config.HTTPClientConfig `yaml:"http"`
	SigV4         field                    `yaml:"sigv4"`
}

// UnmarshalYAML names the server in what is wrong with the form of it.
func (w *serverConfig) UnmarshalYAML(unmarshal func(any) error) error {
	var named struct {
		Name string         `yaml:"name"`
		Rest map[string]any `yaml:",inline"`
	}
	// What is wrong with the form shows below.
	_ = unmarshal(&named)
	type plain serverConfig
	if err := unmarshal((*plain)(w)); err != nil {
		return fmt.Errorf("server %q: %w", named.Name, yamlError(err))
	}
	return nil
}

// stringList is one text or several.
type stringList []string

// UnmarshalYAML takes a single text for a list of one.
func (t *stringList) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*t = stringList{one}
		return nil
	}
	return unmarshal((*[]string)(t))
}

// unjoin gives the parts of a joined error.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

package catalog

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Document is one rules file of a source.
type Document struct {
	// Name identifies the document in messages.
	Name string
	// Text in YAML.
	Text string
}

// Source provides documents.
type Source interface {
	// Name identifies the source in messages.
	Name() string
	// Documents returns the current documents, in a stable order. After an error the earlier documents stay.
	Documents() ([]Document, error)
}

// documentState is a document with its rules.
type documentState struct {
	name string
	// text is the last text, valid or not, so that it is parsed once. Nil before the first.
	text *string
	// loaded is the last valid text, parsed; nil for none.
	loaded *rule.Loaded
	// invalid are the rules of the last valid text that cannot be in force with any series.
	invalid []rule.Problem
	// set and problems are the rules of the last valid text for the discovered series; set is never nil.
	set      *rule.Set
	problems []rule.Problem
	// parseError states why the text is not a rules file; empty when it is.
	parseError string
	// loadedAt is when the last valid text was read; zero for none.
	loadedAt time.Time
}

func newDocumentState(name string) *documentState {
	return &documentState{name: name, set: rule.Merge()}
}

// load parses a text, and reports whether it is new. An invalid text leaves the earlier rules in force.
func (k *documentState) load(text string, now time.Time, servers []string) bool {
	if k.text != nil && *k.text == text {
		return false
	}
	k.text = &text
	if strings.TrimSpace(text) == "" {
		k.parseError = "the file is empty: write {} for no rules"
		return true
	}
	loaded, wrong, err := rule.Load([]byte(text))
	if err != nil {
		k.parseError = err.Error()
		return true
	}
	if servers != nil {
		var strangers []rule.Problem
		loaded, strangers = loaded.WithServers(servers)
		wrong = append(wrong, strangers...)
	}
	k.loaded, k.invalid, k.parseError, k.loadedAt = loaded, wrong, "", now
	return true
}

// resolve creates the rules for the discovered series.
func (k *documentState) resolve(series map[string][]rule.Series) {
	if k.loaded == nil {
		return
	}
	set, problems := k.loaded.Resolve(series, rule.Builtin)
	k.set, k.problems = set, append(slices.Clone(k.invalid), problems...)
}

// selectors returns the selectors that require discovery.
func (k *documentState) selectors() []string {
	if k.loaded == nil {
		return nil
	}
	var texts []string
	for _, s := range k.loaded.Selectors() {
		texts = append(texts, s.String())
	}
	return texts
}

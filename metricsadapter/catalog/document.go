package catalog

import (
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Document is one rules file as a source has it now.
type Document struct {
	// Name tells people where it is.
	Name string
	// Text in YAML.
	Text string
}

// Source gives documents.
type Source interface {
	// Name tells people what it is.
	Name() string
	// Documents gives all there are now, in an order of their own that does not change. With an error nothing is said of
	// any: those that were there stay.
	Documents() ([]Document, error)
}

// documentState is a document and what came of it.
type documentState struct {
	name string
	// text is what was last looked at, good or bad: it is not looked at again. Nil before the first look.
	text *string
	// loaded is the last good text; nil where there never was one.
	loaded *rule.Loaded
	// invalid are the rules of the last good text that cannot be in force, whatever series there are.
	invalid []rule.Problem
	// set and problems are what became of the last good text, with the series that are known; set is never nil.
	set      *rule.Set
	problems []rule.Problem
	// parseError says why text as a whole is no rules file; empty when it is one.
	parseError string
	// loadedAt is when the last good text was read; zero where there never was one.
	loadedAt time.Time
}

func newDocumentState(name string) *documentState {
	return &documentState{name: name, set: rule.Merge()}
}

// load takes a text, and says whether it is new. One that is no rules file leaves what there was in force.
func (k *documentState) load(text string, now time.Time, servers []string) bool {
	if k.text != nil && *k.text == text {
		return false
	}
	k.text = &text
	if strings.TrimSpace(text) == "" {
		k.parseError = "it is empty, as while it is being written: write {} for no rules"
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

// resolve makes the rules of the series that are known.
func (k *documentState) resolve(series map[string][]rule.Series) {
	if k.loaded == nil {
		return
	}
	set, problems := k.loaded.Resolve(series, rule.Builtin)
	k.set, k.problems = set, append(slices.Clone(k.invalid), problems...)
}

// selectors are what has to be asked before all rules can be made.
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

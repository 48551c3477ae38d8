package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/validate/content"
)

// Load reads a rules file. The error is about the file as a whole, and there is then no Set. A rule that is wrong is left
// out of the Set and has a Problem; the rest is in force.
func Load(data []byte) (*Set, []Problem, error) {
	f, err := readFile(data)
	if err != nil {
		return nil, nil, err
	}
	l := loader{set: &Set{
		custom:    map[customKey]*Custom{},
		kinds:     map[kindKey]*Custom{},
		external:  map[string]*External{},
		resources: map[string]*Resource{},
	}}
	for i, text := range f.Custom {
		l.note(fmt.Sprintf("custom[%d]", i), text, l.addCustom)
	}
	for i, text := range f.External {
		l.note(fmt.Sprintf("external[%d]", i), text, l.addExternal)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Resources)) {
		l.note("resources."+name, f.Resources[name], func(text []byte) error { return l.addResource(name, text) })
	}
	return l.set, l.problems, nil
}

type loader struct {
	set      *Set
	problems []Problem
}

// note adds one rule, or the reason why it could not be.
func (l *loader) note(place string, text json.RawMessage, add func([]byte) error) {
	err := add(text)
	if err == nil {
		return
	}
	var named struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(text, &named) == nil && named.Name != "" {
		place += " " + named.Name
	}
	l.problems = append(l.problems, Problem{Rule: place, Reason: err.Error()})
}

func (l *loader) addCustom(text []byte) error {
	var written CustomRule
	if err := strict(text, &written); err != nil {
		return err
	}
	rule, err := written.check()
	if err != nil {
		return err
	}
	key := customKey{rule.Object.Resource, rule.Name}
	if l.set.custom[key] != nil {
		return fmt.Errorf("an earlier rule has this name for %s already: the first one stays in force", rule.Object.Resource)
	}
	l.set.custom[key] = rule
	l.set.kinds[kindKey{rule.Object.Kind.GroupKind(), rule.Name}] = rule
	l.set.Custom = append(l.set.Custom, rule)
	return nil
}

func (l *loader) addExternal(text []byte) error {
	var written ExternalRule
	if err := strict(text, &written); err != nil {
		return err
	}
	rule, err := written.check()
	if err != nil {
		return err
	}
	if l.set.external[rule.Name] != nil {
		return fmt.Errorf("an earlier rule has this name already: the first one stays in force")
	}
	l.set.external[rule.Name] = rule
	l.set.External = append(l.set.External, rule)
	return nil
}

func (l *loader) addResource(name string, text []byte) error {
	if name != "cpu" && name != "memory" {
		return fmt.Errorf("metrics.k8s.io has cpu and memory only: make %q a custom metric", name)
	}
	var written ResourceRule
	if err := strict(text, &written); err != nil {
		return err
	}
	rule, err := written.check(name)
	if err != nil {
		return err
	}
	l.set.resources[name] = rule
	l.set.Resources = append(l.set.Resources, rule)
	return nil
}

// checkName refuses what could not be a part of the API's path.
func checkName(name string) error {
	if name == "" {
		return fmt.Errorf("name is missing")
	}
	if wrong := content.IsPathSegmentName(name); len(wrong) > 0 {
		return fmt.Errorf("name %q cannot be part of a path: it %s", name, wrong[0])
	}
	return nil
}

package repository

import (
	"strings"
	"testing"
)

const smallArchitecture = `
| package | pure | may import |
|---|---|---|
| ` + "`engine`" + ` | pure | |
| ` + "`source`" + ` | | ` + "`engine`" + ` |

| library | only in | because |
|---|---|---|
| ` + "`k8s.io/client-go`" + ` | ` + "`source`" + ` | reading is done there |
`

// A test of rules is worth something only if it fails where a rule is broken: each story breaks one.
func TestArchitectureTestFails(t *testing.T) {
	const source = "package source\nimport _ \"flyball.dev/flyball/engine\"\n"
	for name, test := range map[string]struct {
		engine, source string
		want           string
	}{
		"client-go in a pure package": {
			engine: `import _ "k8s.io/client-go/kubernetes"`,
			want:   "engine is pure and imports k8s.io/client-go/kubernetes: it is given what it needs to know",
		},
		"a guarded library": {
			engine: `import _ "k8s.io/client-go/kubernetes"`,
			want:   "engine imports k8s.io/client-go/kubernetes: reading is done there",
		},
		"structured logging": {
			engine: `import _ "log/slog"`,
			want:   "engine is pure and imports log/slog",
		},
		"a lock": {
			engine: `import _ "sync"`,
			want:   "it starts no goroutine, so it shares nothing",
		},
		"the clock": {
			engine: `import "time"; var started = time.Now()`,
			want:   "engine/x.go:1:46: a pure package does not use time.Now: time is an argument",
		},
		"the clock by another name": {
			engine: `import c "time"; func age(t c.Time) c.Duration { return c.Since(t) }`,
			want:   "a pure package does not use time.Since",
		},
		"the clock passed on": {
			engine: `import "time"; var clock = time.Now`,
			want:   "a pure package does not use time.Now",
		},
		"the clock without a name": {
			engine: `import . "time"; var started = Now()`,
			want:   "imports time into its own scope",
		},
		"dice that nobody seeded": {
			engine: `import "math/rand/v2"; var n = rand.IntN(6)`,
			want:   "a pure package does not use rand.IntN: the same seed gives the same bytes",
		},
		"older dice": {
			engine: `import _ "math/rand"`,
			want:   "engine is pure and imports math/rand",
		},
		"a goroutine": {
			engine: `func f() { go f() }`,
			want:   "a pure package starts no goroutine",
		},
		"an arrow upwards": {
			engine: `import _ "flyball.dev/flyball/source"`,
			want:   `engine imports source: it may import [] only`,
		},
		"a pure package over an impure one": {
			engine: `import _ "flyball.dev/flyball/source"`,
			want:   "engine is pure and imports source, which is not",
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine, other := newPackage("engine"), newPackage("source")
			engine.add(t, "x.go", []byte("package engine; "+test.engine))
			other.add(t, "x.go", []byte(source))
			wantViolation(t, map[string]*goPackage{"engine": engine, "source": other}, test.want)
		})
	}
}

func TestArchitectureTestKnowsItsPackages(t *testing.T) {
	engine, stray := newPackage("engine"), newPackage("helper")
	engine.add(t, "x.go", []byte("package engine"))
	stray.add(t, "x.go", []byte("package helper"))
	packages := map[string]*goPackage{"engine": engine, "helper": stray}
	wantViolation(t, packages, "helper is not in the table")
	wantViolation(t, packages, "the tables speak of source, which does not exist")
}

func TestArchitectureTestAllowsWhatTheTableAllows(t *testing.T) {
	a, err := parseArchitecture(smallArchitecture)
	if err != nil {
		t.Fatal(err)
	}
	engine, source := newPackage("engine"), newPackage("source")
	engine.add(t, "x.go", []byte(`package engine; import ("time"; "net/url"; "math/rand/v2"); func f(now time.Time, u url.URL) time.Time { return now.Add(time.Hour) }; var dice = rand.New(rand.NewPCG(1, 2)).IntN(6)`))
	source.add(t, "x.go", []byte(`package source; import ("time"; "context"; _ "flyball.dev/flyball/engine"; _ "k8s.io/client-go/rest"); var now, todo = time.Now(), context.TODO()`))
	if found := violations(a, map[string]*goPackage{"engine": engine, "source": source}); len(found) > 0 {
		t.Errorf("what is allowed is refused: %q", found)
	}
}

func wantViolation(t *testing.T, packages map[string]*goPackage, want string) {
	t.Helper()
	a, err := parseArchitecture(smallArchitecture)
	if err != nil {
		t.Fatal(err)
	}
	found := violations(a, packages)
	for _, violation := range found {
		if strings.Contains(violation, want) {
			return
		}
	}
	t.Errorf("no violation says %q: %q", want, found)
}

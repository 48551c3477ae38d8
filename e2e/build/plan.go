package build

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// linkWeight is what linking one program costs, in bytes of source compiled in the same time.
const linkWeight = 1 << 20

// plan is what may have to be compiled, and how far that is. The unit of work is a byte of source: packages differ too
// much in size for their number to say how long they take.
//
// Go lists packages in the order in which it takes them up, and lists some as stale that turn out to be in its cache
// once what they import is there. So when a package's turn comes, those before it that were not named are taken for cached.
type plan struct {
	mu       sync.Mutex
	packages []item
	index    map[string]int
	reached  int // packages before this one have been taken up
	current  string
	started  time.Time
}

type item struct {
	weight int64
	begun  bool
}

// listed is a package in the output of go list.
type listed struct {
	ImportPath, Name, Dir string
	GoFiles, SFiles       []string
	Stale, DepOnly        bool
}

func newPlan(ctx context.Context, sets []set, screen *screen) (*plan, error) {
	p := &plan{index: map[string]int{}}
	for _, s := range sets {
		packages, err := s.list(ctx, screen)
		if err != nil {
			return nil, err
		}
		for _, one := range packages {
			p.add(one)
		}
	}
	return p, nil
}

// list asks Go for every package of a set. It is also what makes Go fetch the modules it has not got yet.
func (s set) list(ctx context.Context, screen *screen) ([]listed, error) {
	arguments := append([]string{"list", "-deps", "-json=ImportPath,Name,Dir,GoFiles,SFiles,Stale,DepOnly"}, s.flags...)
	command := s.command(ctx, append(arguments, s.packages...)...)
	stderr, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	said := make(chan []string)
	go func() { said <- fetching(stderr, screen) }()
	packages, decodeErr := decode(stdout)
	lines := <-said
	if err := command.Wait(); err != nil {
		return nil, errors.Join(fmt.Errorf("go list in %s: %w", s.dir, err), errors.New(strings.Join(lines, "\n")))
	}
	return packages, decodeErr
}

// fetching shows the modules that Go fetches and returns whatever else it says.
func fetching(stderr io.Reader, screen *screen) []string {
	var said []string
	lines := bufio.NewScanner(stderr)
	for fetched := 0; lines.Scan(); {
		if module, ok := strings.CutPrefix(lines.Text(), "go: downloading "); ok {
			fetched++
			screen.show(fmt.Sprintf("fetching modules: %d so far, now %s", fetched, module))
		} else {
			said = append(said, lines.Text())
		}
	}
	return said
}

func decode(stdout io.Reader) ([]listed, error) {
	var packages []listed
	decoder := json.NewDecoder(stdout)
	for {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the answer of go list: %w", err)
		}
		packages = append(packages, one)
	}
}

// add counts a package that has to be compiled. Those that two sets share are compiled once if they are the same,
// and twice if they are not; the plan takes the former, which is the rule.
func (p *plan) add(one listed) {
	if _, known := p.index[one.ImportPath]; known || !one.Stale {
		return
	}
	weight := int64(1024)
	for _, file := range append(one.GoFiles, one.SFiles...) {
		if info, err := os.Stat(filepath.Join(one.Dir, file)); err == nil {
			weight += info.Size()
		}
	}
	if one.Name == "main" && !one.DepOnly {
		weight += linkWeight
	}
	p.index[one.ImportPath] = len(p.packages)
	p.packages = append(p.packages, item{weight: weight})
}

// begin notes that a package's turn has come; false when line names none of the plan.
func (p *plan) begin(line string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.index[line]
	if !ok {
		return false
	}
	if p.started.IsZero() {
		p.started = now
	}
	p.packages[i].begun = true
	p.reached = max(p.reached, i+1)
	p.current = line
	return true
}

// progress is what was taken up and what is left, in packages and in bytes.
func (p *plan) progress() (begun, left int, done, toDo int64) {
	for i, one := range p.packages {
		switch {
		case one.begun:
			begun++
			done += one.weight
		case i >= p.reached:
			left++
			toDo += one.weight
		}
	}
	return begun, left, done, toDo
}

// status is one line on how far the build is; empty when nothing has been built.
func (p *plan) status(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	begun, left, done, toDo := p.progress()
	if begun == 0 {
		return ""
	}
	line := fmt.Sprintf("building: %d of %d packages, %d %%", begun, begun+left, 100*done/(done+toDo))
	if left == 0 {
		return line + ", finishing " + p.current
	}
	elapsed := now.Sub(p.started)
	// The first packages are the standard library's small ones: their pace says nothing about the rest.
	if done*50 > toDo && elapsed > 10*time.Second {
		line += ", about " + round(time.Duration(float64(elapsed)*float64(toDo)/float64(done))).String() + " left"
	}
	return line + ", now " + p.current
}

// round makes an estimate look like one.
func round(d time.Duration) time.Duration {
	if d > 2*time.Minute {
		return d.Round(30 * time.Second)
	}
	return d.Round(5 * time.Second)
}

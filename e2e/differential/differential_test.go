package differential

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	steps = flag.Int("steps", 0, "play at least this many steps, in sequences of fifty, and print the branches they cover; 0 is 300 sequences")
	seed  = flag.Uint64("seed", 0, "play only the sequence of this seed")
	first = flag.Uint64("first", 1, "the first seed")
)

// defaultSequences is the number of sequences of a run without -steps.
const defaultSequences = 300

// coverageSteps is the number of steps after which a run must have covered every branch.
const coverageSteps = 100_000

// TestAgainstUpstream plays the sequences of the corpus, then one seed after another until enough steps are done.
func TestAgainstUpstream(t *testing.T) {
	seeds := corpus(t)
	if *seed != 0 {
		seeds = []uint64{*seed}
	}
	r := &runner{corpus: seeds, first: *first, began: time.Now(), total: newSummary()}
	t.Run("play", func(t *testing.T) {
		for worker := range runtime.GOMAXPROCS(0) {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				r.work(t, fmt.Sprintf("web-%d", worker))
			})
		}
	})
	if !t.Failed() {
		r.conclude(t)
	}
}

// runner gives seeds to workers and adds up their counts.
type runner struct {
	corpus []uint64
	first  uint64
	began  time.Time
	// dealt counts the seeds given to workers, and done the steps they played.
	dealt, done atomic.Int64
	// failed is true once a worker has found a mismatch, which ends the run.
	failed atomic.Bool

	mu    sync.Mutex
	total *summary
	shown time.Time
}

// next returns the next seed until the run has enough steps.
func (r *runner) next() (uint64, bool) {
	i := int(r.dealt.Add(1)) - 1
	if i < len(r.corpus) {
		return r.corpus[i], true
	}
	i -= len(r.corpus)
	if *seed != 0 || (*steps == 0 && i >= defaultSequences) || (*steps > 0 && r.done.Load() >= int64(*steps)) {
		return 0, false
	}
	return r.first + uint64(i), true
}

func (r *runner) work(t *testing.T, name string) {
	for seed, more := r.next(); more && !r.failed.Load(); seed, more = r.next() {
		counted := newSummary()
		counted.sequences = 1
		s, script := generate(seed)
		if found := play(t, name, s, script, counted); found != nil {
			r.failed.Store(true)
			t.Errorf("seed %d: %s\n%s", seed, found.problem, shrink(t, name, found).describe(seed))
			return
		}
		r.gather(seed, counted)
	}
}

// gather adds counts to the total, and prints the progress every five seconds.
func (r *runner) gather(seed uint64, counted *summary) {
	done := r.done.Add(int64(counted.steps))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.add(seed, counted)
	if *steps == 0 || time.Since(r.shown) < 5*time.Second {
		return
	}
	r.shown = time.Now()
	took := time.Since(r.began)
	left := time.Duration(float64(took) * (float64(*steps)/float64(done) - 1))
	fmt.Fprintf(os.Stderr, "%d of %d steps, %d sequences, no mismatch; %s left\n", done, *steps, r.total.sequences, max(0, left).Round(time.Second))
}

// conclude prints the summary of a long run, and fails unless it covers every branch.
func (r *runner) conclude(t *testing.T) {
	uncovered, unlisted := r.total.missing()
	if len(unlisted) > 0 {
		t.Errorf("got branches that are not in the list: %s", strings.Join(unlisted, "; "))
	}
	if *steps == 0 || *seed != 0 {
		t.Logf("%d sequences of imported HPAs, %d steps, no mismatch, %d of %d branches covered", r.total.sequences, r.total.steps, len(branches)-len(uncovered), len(branches))
		return
	}
	fmt.Print(r.total)
	for name := range correctionsOfEngine() {
		if r.total.causes[name] == 0 {
			uncovered = append(uncovered, name+" alone")
		}
	}
	switch {
	case len(uncovered) == 0:
	case *steps < coverageSteps:
		t.Logf("no step covers: %s", strings.Join(uncovered, "; "))
	default:
		t.Errorf("no step covers: %s", strings.Join(uncovered, "; "))
	}
}

// corpus reads the seeds that every run plays. The text after a # has the reason.
func corpus(t *testing.T) (seeds []uint64) {
	raw, err := os.ReadFile("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		text, _, _ := strings.Cut(line, "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("testdata/seeds.txt: %q is not a seed: %v", text, err)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

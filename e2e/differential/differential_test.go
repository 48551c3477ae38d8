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
	steps = flag.Int("steps", 0, "play at least so many steps, in sequences of fifty, and print what they met; 0 for some hundred sequences")
	seed  = flag.Uint64("seed", 0, "play the sequence of this seed only")
	first = flag.Uint64("first", 1, "the seed to begin with")
)

// few is how many sequences are played where no number of steps is asked for.
const few = 300

// many is how many steps must have met everything that there is to meet.
const many = 100_000

// TestAgainstUpstream plays sequences until enough steps are done: first those of the corpus, then one seed after another.
func TestAgainstUpstream(t *testing.T) {
	seeds := corpus(t)
	if *seed != 0 {
		seeds = []uint64{*seed}
	}
	r := &runner{corpus: seeds, first: *first, began: time.Now(), total: newTally()}
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

// runner shares the seeds out and gathers the counts.
type runner struct {
	corpus []uint64
	first  uint64
	began  time.Time
	// dealt counts the seeds that were handed out, and done the steps that were played.
	dealt, done atomic.Int64
	// failed says that a mismatch was found, and that one is enough.
	failed atomic.Bool

	mu    sync.Mutex
	total *tally
	shown time.Time
}

// next gives a seed, as long as there is more to do.
func (r *runner) next() (uint64, bool) {
	i := int(r.dealt.Add(1)) - 1
	if i < len(r.corpus) {
		return r.corpus[i], true
	}
	i -= len(r.corpus)
	if *seed != 0 || (*steps == 0 && i >= few) || (*steps > 0 && r.done.Load() >= int64(*steps)) {
		return 0, false
	}
	return r.first + uint64(i), true
}

func (r *runner) work(t *testing.T, name string) {
	for seed, more := r.next(); more && !r.failed.Load(); seed, more = r.next() {
		counted := newTally()
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

// gather adds counts up, and shows now and then how far the run is.
func (r *runner) gather(seed uint64, counted *tally) {
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

// conclude prints the summary of a long run, and asks that it went everywhere.
func (r *runner) conclude(t *testing.T) {
	unvisited, strange := r.total.unvisited()
	if len(strange) > 0 {
		t.Errorf("branches were visited that are not in the list: %s", strings.Join(strange, "; "))
	}
	if *steps == 0 || *seed != 0 {
		t.Logf("%d sequences, %d steps, %d of %d branches visited", r.total.sequences, r.total.steps, len(branches)-len(unvisited), len(branches))
		return
	}
	fmt.Print(r.total)
	for name := range correctionsOfEngine() {
		if r.total.blamed[name] == 0 {
			unvisited = append(unvisited, name+" alone")
		}
	}
	switch {
	case len(unvisited) == 0:
	case *steps < many:
		t.Logf("no step visited: %s", strings.Join(unvisited, "; "))
	default:
		t.Errorf("no step visited: %s", strings.Join(unvisited, "; "))
	}
}

// corpus reads the seeds that are always played. What stands after a # says why.
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
			t.Fatalf("testdata/seeds.txt: %q is no seed: %v", text, err)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

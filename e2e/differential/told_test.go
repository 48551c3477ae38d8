package differential

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/scenario"
)

// fewestTold is how many of the engine's stories upstream must be able to go through. It only guards against a
// translation that gives up on all of them.
const fewestTold = 60

// TestUpstreamGoesThroughTheEnginesStories: the stories that tell upstream's traps are read as the engine's tests read
// them, and upstream's own controller goes through them. Without corrections the engine must do at each tick what
// upstream does; and what a story says of a spec without any corrections is what upstream decides.
func TestUpstreamGoesThroughTheEnginesStories(t *testing.T) {
	files, err := filepath.Glob("../../autoscaler/engine/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	played := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := scenario.Parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, story := range storiesIn(blocks) {
			title := strings.TrimSpace(filepath.Base(file) + " " + story[0].Title)
			s, script, foreign := tell(story)
			if foreign != "" {
				t.Logf("not for upstream: %s: %s", title, foreign)
				continue
			}
			played++
			t.Run(title, func(t *testing.T) { goThrough(t, s, script, story) })
		}
	}
	if played < fewestTold {
		t.Errorf("upstream went through %d stories, want at least %d", played, fewestTold)
	}
}

// storiesIn cuts a file where stories begin.
func storiesIn(blocks []scenario.Block) (stories [][]scenario.Block) {
	for i := range blocks {
		if blocks[i].Command == scenario.Begin || len(stories) == 0 {
			stories = append(stories, nil)
		}
		last := len(stories) - 1
		stories[last] = append(stories[last], blocks[i])
	}
	return stories
}

func goThrough(t *testing.T, s Sequence, script *told, story []scenario.Block) {
	counts := &counting{script: script}
	if found := play(t, "web-story", s, counts, newTally()); found != nil {
		t.Fatalf("tick %d: %s\n%s", found.step, found.problem, found.describe(0))
	}
	exact := !slices.ContainsFunc(story, func(b scenario.Block) bool {
		return b.Command == scenario.SetSpec && b.Spec.Without != engine.AllCorrections
	})
	if !exact {
		return // upstream need not agree with a story about a correction
	}
	var want []int32
	player := scenario.NewPlayer()
	for i := range story {
		if turn := player.Do(&story[i]); turn != nil {
			want = append(want, player.Replicas)
		}
	}
	if got := counts.seen[1:]; !slices.Equal(got, want) {
		t.Errorf("upstream's replicas tick by tick are %v, the story's %v", got, want)
	}
}

// counting notes the replicas that each tick begins with, and those at the end.
type counting struct {
	script
	seen []int32
}

func (c *counting) next(spec *autoscalingv2.HorizontalPodAutoscalerSpec, current int32, now time.Time) (Step, bool) {
	c.seen = append(c.seen, current)
	return c.script.next(spec, current, now)
}

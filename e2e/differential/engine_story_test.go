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

// fewestStories is the least number of stories that upstream must play. It guards against a translation that skips all.
const fewestStories = 60

// TestUpstreamPlaysTheEnginesStories parses the stories of the engine's tests and plays them through upstream's controller.
// Without corrections the engine must decide each tick as upstream does. Where a story has no corrections, its replicas must
// be those of upstream.
func TestUpstreamPlaysTheEnginesStories(t *testing.T) {
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
			s, script, unsupported := translateStory(story)
			if unsupported != "" {
				t.Logf("not for upstream: %s: %s", title, unsupported)
				continue
			}
			played++
			t.Run(title, func(t *testing.T) { goThrough(t, s, script, story) })
		}
	}
	if played < fewestStories {
		t.Errorf("got %d stories that upstream plays, want at least %d", played, fewestStories)
	}
}

// storiesIn splits a file into its stories.
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

func goThrough(t *testing.T, s Sequence, script *engineStory, story []scenario.Block) {
	counts := &counting{script: script}
	if found := play(t, "web-story", s, counts, newSummary()); found != nil {
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
		if tick := player.Play(&story[i]); tick != nil {
			want = append(want, player.Replicas)
		}
	}
	if got := counts.seen[1:]; !slices.Equal(got, want) {
		t.Errorf("got replicas %v from upstream, want %v as in the story", got, want)
	}
}

// counting records the replicas before each tick and after the last.
type counting struct {
	script
	seen []int32
}

func (c *counting) next(spec *autoscalingv2.HorizontalPodAutoscalerSpec, current int32, now time.Time) (Step, bool) {
	c.seen = append(c.seen, current)
	return c.script.next(spec, current, now)
}

package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Command says what a block does.
type Command string

// The commands. What an autoscaler remembers is in its status, which says whether it was the one that went to zero, and
// in its memory, which is everything else.
const (
	Begin    Command = "story"    // a story begins: clock, world and state are new
	SetSpec  Command = "spec"     // the autoscaler has this spec from now on; its state stays
	Decide   Command = "tick"     // time passes, and a decision is made
	Restart  Command = "restart"  // the controller starts anew; its memory is lost, the status stays
	Restore  Command = "restore"  // the controller starts anew from its checkpoint: nothing is lost
	Recreate Command = "recreate" // the object is made anew, as from a backup: memory and status are lost
)

// Start is when every story begins: noon of a Monday.
var Start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// MaxReplicas is the greatest count that a story may name, so that it can be played with a pod for each.
const MaxReplicas = 10_000

// Block is one command of a story, with what belongs to it.
type Block struct {
	// Line of the text that it begins on, from 1.
	Line    int
	Command Command
	// Title of a story that begins; may be empty.
	Title string
	// Spec of [SetSpec]; otherwise nil.
	Spec *engine.Spec
	// Tick of [Decide]; otherwise nil.
	Tick *Tick
}

var commands = []option[Command]{
	{"story", Begin}, {"spec", SetSpec}, {"tick", Decide}, {"restart", Restart}, {"restore", Restore}, {"recreate", Recreate},
}

// Parse reads a file of stories. Expected outputs are passed over. An error is an [*Error].
func Parse(file string) ([]Block, error) {
	all, err := sections(file)
	if err != nil {
		return nil, err
	}
	blocks := make([]Block, 0, len(all))
	var spec *engine.Spec
	for _, s := range all {
		b, err := s.parse(spec)
		if err != nil {
			return nil, err
		}
		if b.Command == Begin || b.Command == SetSpec {
			spec = b.Spec
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// parse understands a block. spec is the one in force; nil where there is none yet.
func (s *section) parse(spec *engine.Spec) (Block, error) {
	head := s.head.read()
	b := Block{Line: s.head.number, Command: choose(head, "command", commands)}
	if spec == nil && b.Command != Begin && b.Command != SetSpec {
		head.fail(string(b.Command), "comes before the story's spec: begin with spec")
	}
	if head.err != nil {
		return b, head.err
	}
	var err error
	switch b.Command {
	case SetSpec:
		b.Spec, err = parseSpec(s.input)
	case Decide:
		b.Tick, err = parseTick(head, s.input, spec)
	case Begin:
		b.Title, head.rest = head.rest, ""
		err = s.endsHere()
	default:
		err = s.endsHere()
	}
	if err == nil {
		err = head.end()
	}
	return b, err
}

// endsHere is for commands that take no lines.
func (s *section) endsHere() error {
	if len(s.input) == 0 {
		return nil
	}
	return &Error{Line: s.input[0].number, Word: s.input[0].words, Problem: "is too much: the block should end before it"}
}

package scenario

import (
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
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

	// These are the simulator's own.
	SetPlant Command = "plant" // there is a target that is simulated
	SetLoad  Command = "load"  // this load is offered from now on
	PassTime Command = "run"   // time passes, and the autoscaler decides each period
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
	// Plant of [SetPlant], Load of [SetLoad] and Run of [PassTime]; otherwise nil.
	Plant *Plant
	Load  load.Load
	Run   *Run
}

var (
	commands = []option[Command]{
		{"story", Begin}, {"spec", SetSpec}, {"tick", Decide}, {"restart", Restart}, {"restore", Restore}, {"recreate", Recreate},
	}
	simulatorCommands = append(slices.Clip(commands), []option[Command]{
		{"plant", SetPlant}, {"load", SetLoad}, {"run", PassTime},
	}...)
)

// Parse reads a file of stories. Expected outputs are passed over. An error is an [*Error].
func Parse(file string) ([]Block, error) { return parse(file, commands) }

// ParseSimulator is [Parse] for stories that the simulator tells: the same grammar, with its own commands besides.
func ParseSimulator(file string) ([]Block, error) { return parse(file, simulatorCommands) }

func parse(file string, commands []option[Command]) ([]Block, error) {
	all, err := sections(file)
	if err != nil {
		return nil, err
	}
	blocks := make([]Block, 0, len(all))
	var told soFar
	for _, s := range all {
		b, err := s.parse(commands, &told)
		if err != nil {
			return nil, err
		}
		told.add(&b)
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// soFar is what a story has told; nil where it has not.
type soFar struct {
	spec  *engine.Spec
	plant *Plant
	load  load.Load
	ticks bool
}

func (t *soFar) add(b *Block) {
	switch b.Command {
	case Begin:
		*t = soFar{}
	case SetSpec:
		t.spec = b.Spec
	case SetPlant:
		t.plant = b.Plant
	case SetLoad:
		t.load = b.Load
	case Decide:
		t.ticks = true
	}
}

// allows says what speaks against a command at this place, or nothing.
func (t *soFar) allows(c Command) (problem string) {
	switch {
	case c == Begin || c == SetSpec:
		return ""
	case t.spec == nil:
		return "comes before the story's spec: begin with spec"
	case c == SetPlant && t.plant != nil:
		return "comes a second time: begin another story for another plant"
	case c == SetPlant && t.ticks, c == Decide && t.plant != nil:
		return "does not go with what is told before: a story has either ticks or a plant"
	case (c == SetLoad || c == PassTime) && t.plant == nil:
		return "comes before the story's plant"
	case c == PassTime && t.load == nil:
		return "comes before the story's load"
	default:
		return ""
	}
}

// parse understands a block. told is what the story has told before it.
func (s *section) parse(commands []option[Command], told *soFar) (Block, error) {
	head := s.head.read()
	b := Block{Line: s.head.number, Command: choose(head, "command", commands)}
	if problem := told.allows(b.Command); head.err == nil && problem != "" {
		head.fail(string(b.Command), "%s", problem)
	}
	if head.err != nil {
		return b, head.err
	}
	var err error
	switch b.Command {
	case SetSpec:
		b.Spec, err = parseSpec(s.input)
	case Decide:
		b.Tick, err = parseTick(head, s.input, told.spec)
	case SetPlant:
		b.Plant, err = parsePlant(head, s.input)
	case SetLoad:
		b.Load, err = parseLoad(head, s.input)
	case PassTime:
		if err = s.endsHere(); err == nil {
			b.Run, err = parseRun(head, told)
		}
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

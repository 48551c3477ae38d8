package scenario

import (
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/load"
)

// Command is the action of a block.
type Command string

// The commands. The state of an autoscaler is stored in two places: its status states whether it scaled the target to zero;
// the controller's memory holds the rest.
const (
	Begin    Command = "story"    // starts a story with a new clock, target and state
	SetSpec  Command = "spec"     // replaces the spec; the state stays
	Decide   Command = "tick"     // lets time pass, then makes a decision
	Restart  Command = "restart"  // restarts the controller without a checkpoint: its memory is lost, the status stays
	Restore  Command = "restore"  // restarts the controller from its checkpoint: nothing is lost
	Recreate Command = "recreate" // recreates the object, as from a backup: memory and status are lost

	// Commands of the simulator only.
	SetPlant Command = "plant" // defines a simulated target
	SetLoad  Command = "load"  // replaces the offered load
	Simulate Command = "run"   // lets time pass, with a decision each period
)

// Start is the start time of every story: noon of a Monday, UTC.
var Start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// MaxReplicas is the highest replica count in a story, because playing a story creates each pod.
const MaxReplicas = 10_000

// Block is one command of a story with its arguments and input.
type Block struct {
	// Line is the first line of the block in the text, from 1.
	Line    int
	Command Command
	// Title of [Begin]; may be empty.
	Title string
	// Spec of [SetSpec]; otherwise nil.
	Spec *engine.Spec
	// Tick of [Decide]; otherwise nil.
	Tick *Tick
	// Plant of [SetPlant], Load of [SetLoad] and Run of [Simulate]; otherwise nil.
	Plant *Plant
	Load  load.Load
	Run   *Run
}

var (
	commands = []option[Command]{
		{"story", Begin}, {"spec", SetSpec}, {"tick", Decide}, {"restart", Restart}, {"restore", Restore}, {"recreate", Recreate},
	}
	simulatorCommands = append(slices.Clip(commands), []option[Command]{
		{"plant", SetPlant}, {"load", SetLoad}, {"run", Simulate},
	}...)
)

// Parse parses a file of stories. It skips expected outputs. An error is an [*Error].
func Parse(file string) ([]Block, error) { return parse(file, commands) }

// ParseSimulator is [Parse] for stories of the simulator: the same grammar with additional commands.
func ParseSimulator(file string) ([]Block, error) { return parse(file, simulatorCommands) }

func parse(file string, commands []option[Command]) ([]Block, error) {
	all, err := sections(file)
	if err != nil {
		return nil, err
	}
	blocks := make([]Block, 0, len(all))
	var before prior
	for _, s := range all {
		b, err := s.parse(commands, &before)
		if err != nil {
			return nil, err
		}
		before.add(&b)
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// prior is what a story defined before a block; nil where it defined nothing.
type prior struct {
	spec  *engine.Spec
	plant *Plant
	load  load.Load
	ticks bool
}

func (p *prior) add(b *Block) {
	switch b.Command {
	case Begin:
		*p = prior{}
	case SetSpec:
		p.spec = b.Spec
	case SetPlant:
		p.plant = b.Plant
	case SetLoad:
		p.load = b.Load
	case Decide:
		p.ticks = true
	}
}

// problem returns why a command is not allowed after the story so far, or "".
func (p *prior) problem(c Command) string {
	switch {
	case c == Begin || c == SetSpec:
		return ""
	case p.spec == nil:
		return "needs a spec: write a spec block before it"
	case c == SetPlant && p.plant != nil:
		return "is a second plant: start another story for another plant"
	case c == SetPlant && p.ticks, c == Decide && p.plant != nil:
		return "is not allowed here: a story has either ticks or a plant"
	case (c == SetLoad || c == Simulate) && p.plant == nil:
		return "needs a plant: write a plant block before it"
	case c == Simulate && p.load == nil:
		return "needs a load: write a load block before it"
	default:
		return ""
	}
}

// parse parses a section as a block. before is what the story defined before it.
func (s *section) parse(commands []option[Command], before *prior) (Block, error) {
	head := s.head.read()
	b := Block{Line: s.head.number, Command: choose(head, "command", commands)}
	if problem := before.problem(b.Command); head.err == nil && problem != "" {
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
		b.Tick, err = parseTick(head, s.input, before.spec)
	case SetPlant:
		b.Plant, err = parsePlant(head, s.input)
	case SetLoad:
		b.Load, err = parseLoad(head, s.input)
	case Simulate:
		if err = s.endsHere(); err == nil {
			b.Run, err = parseRun(head, before)
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

// endsHere returns an error if the block has input.
func (s *section) endsHere() error {
	if len(s.input) == 0 {
		return nil
	}
	return &Error{Line: s.input[0].number, Word: s.input[0].words, Problem: "is unexpected: end the block before this line"}
}

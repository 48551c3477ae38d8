package batch

import (
	"math"
	"time"
)

// Rate is the throughput of a replica as it was learned: a ratio of sums over blocks of time, in which older ones count
// less and less. A block is long enough for a replica to finish an item; shorter ones would tell of chance alone.
type Rate struct {
	// Guess is what it was before the occurrence; 0 for the spec's. Faith is how much it still counts, from 1 to 0.
	Guess, Faith float64
	// Work that was done, the replica seconds that it took, and the sum of Work²/Seconds of the blocks, of which there are
	// so many.
	Work, Seconds, Squares, Blocks float64
	// Of the block that has begun.
	BlockWork, BlockSeconds float64
	Block                   time.Duration
	// Most replicas that were ready.
	Most int32
}

const (
	// leastBlock is the shortest block where there is time for mostBlocks of them, and mostBlocks how many there are at least.
	leastBlock = time.Minute
	mostBlocks = 30
	// memory is after how long a block counts an e-th, in time and in items.
	memory      = 20 * time.Minute
	memoryItems = 8
	// outlier is by which factor a block can be off the mean.
	outlier = 4
	// guessError is the relative standard error of a first guess.
	guessError = 0.2
)

// estimate is the throughput and its standard error. guess is greater than 0.
func (r *Rate) estimate(guess float64) (mean, deviation float64) {
	if r.Guess > 0 {
		guess = r.Guess
	}
	faith := r.Faith
	if r.Seconds == 0 {
		faith = 1
	}
	// The guess counts as one unit of work of each replica.
	work := faith * float64(max(1, r.Most))
	seconds := work / guess
	mean = max((work+r.Work)/(seconds+r.Seconds), guess/20)
	guessed := seconds / (seconds + r.Seconds)
	deviation = guessError * mean
	if r.Blocks > 1 {
		rest := max(0, r.Squares-r.Work*r.Work/r.Seconds)
		deviation = guessed*deviation + (1-guessed)*math.Sqrt(rest/(r.Blocks-1)/r.Seconds)
	}
	return mean, min(deviation, mean/2)
}

// doubt is the share by which the throughput may turn out to be more: as much again before anything was counted, and little after
// a few blocks.
func (r *Rate) doubt() float64 { return 1 / (1 + r.Blocks*r.Blocks) }

// add counts what so many replicas did in a time.
func (r *Rate) add(work float64, ready int32, span time.Duration, guess float64, until time.Duration) {
	r.BlockWork, r.BlockSeconds = r.BlockWork+work, r.BlockSeconds+float64(ready)*span.Seconds()
	r.Block += span
	r.Most = max(r.Most, ready)
	mean, _ := r.estimate(guess)
	if r.Block < min(until/mostBlocks, max(leastBlock, inSeconds(1/mean))) {
		return
	}
	r.close(mean)
}

// close counts the block that has come to its end.
func (r *Rate) close(mean float64) {
	if r.Seconds == 0 {
		r.Faith = 1
	}
	if r.BlockSeconds > 0 {
		usual := mean * r.BlockSeconds
		work := max(usual/outlier, min(r.BlockWork, outlier*usual))
		kept := math.Exp(-r.Block.Seconds() / max(memory.Seconds(), memoryItems/mean))
		if r.Work < 8*memoryItems { // of few items, none is forgotten
			kept = 1
		}
		r.Faith *= kept
		r.Work = kept*r.Work + work
		r.Seconds = kept*r.Seconds + r.BlockSeconds
		r.Squares = kept*r.Squares + work*work/r.BlockSeconds
		r.Blocks = kept*r.Blocks + 1
	}
	r.drop()
}

// drop begins a new block.
func (r *Rate) drop() { r.BlockWork, r.BlockSeconds, r.Block = 0, 0, 0 }

// carry makes what was learned the guess of the next occurrence.
func (r *Rate) carry(guess float64) Rate {
	if r.Seconds == 0 {
		return Rate{Guess: r.Guess}
	}
	mean, _ := r.estimate(guess)
	return Rate{Guess: mean}
}

// inSeconds is a duration of so many seconds, at most ten years.
func inSeconds(s float64) time.Duration {
	const most = 10 * 365 * 24 * 3600
	return time.Duration(max(0, min(s, most)) * float64(time.Second))
}

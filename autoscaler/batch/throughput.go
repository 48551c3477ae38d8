package batch

import (
	"math"
	"time"
)

// Rate is the learned throughput of a replica: a ratio of sums over blocks of time, with exponentially decreasing weights. A block is
// long enough for a replica to finish an item; shorter ones would be noise.
type Rate struct {
	// Guess is the prior: the throughput before the occurrence; 0 for the spec's. Faith is its weight, from 1 to 0.
	Guess, Faith float64
	// Work is the finished work, Seconds its replica seconds, Squares the sum of Work²/Seconds over blocks, and Blocks their number.
	Work, Seconds, Squares, Blocks float64
	// BlockWork, BlockSeconds and Block are the work, the replica seconds and the duration of the open block.
	BlockWork, BlockSeconds float64
	Block                   time.Duration
	// Most is the highest number of ready replicas.
	Most int32
}

const (
	// leastBlock is the shortest block, unless the whole time has fewer than mostBlocks of them.
	leastBlock = time.Minute
	mostBlocks = 30
	// memory and memoryItems are the time constant of the weights, in time and in items.
	memory      = 20 * time.Minute
	memoryItems = 8
	// outlier bounds the ratio of a block to the mean.
	outlier = 4
	// guessError is the relative standard error of the prior.
	guessError = 0.2
)

// estimate returns the throughput and its standard error. guess is greater than 0.
func (r *Rate) estimate(guess float64) (mean, deviation float64) {
	if r.Guess > 0 {
		guess = r.Guess
	}
	faith := r.Faith
	if r.Seconds == 0 {
		faith = 1
	}
	// The prior counts as one unit of work per replica.
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

// doubt returns the share by which the throughput may be higher: 1 before the first block, and little after a few.
func (r *Rate) doubt() float64 { return 1 / (1 + r.Blocks*r.Blocks) }

// add adds the work of ready replicas during span.
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

// close adds the open block to the sums.
func (r *Rate) close(mean float64) {
	if r.Seconds == 0 {
		r.Faith = 1
	}
	if r.BlockSeconds > 0 {
		usual := mean * r.BlockSeconds
		work := max(usual/outlier, min(r.BlockWork, outlier*usual))
		kept := math.Exp(-r.Block.Seconds() / max(memory.Seconds(), memoryItems/mean))
		if r.Work < 8*memoryItems { // few items keep their full weight
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

// drop starts a new block.
func (r *Rate) drop() { r.BlockWork, r.BlockSeconds, r.Block = 0, 0, 0 }

// carry returns the Rate of the next occurrence, with the learned throughput as its prior.
func (r *Rate) carry(guess float64) Rate {
	if r.Seconds == 0 {
		return Rate{Guess: r.Guess}
	}
	mean, _ := r.estimate(guess)
	return Rate{Guess: mean}
}

// inSeconds returns a duration of s seconds, at most ten years.
func inSeconds(s float64) time.Duration {
	const most = 10 * 365 * 24 * 3600
	return time.Duration(max(0, min(s, most)) * float64(time.Second))
}

// Package audit has the API server log the requests of Flyball's programs, and reads the writes to scales from the log.
//
// It is a witness that the programs do not influence. It holds no judgement.
package audit

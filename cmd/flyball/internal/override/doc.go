// Package override is flyball scale, pause and resume: the fields of a spec by which a person takes the place of the metrics.
package override

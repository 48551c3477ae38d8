// Package policy turns an autoscaler's API object into what the engine decides by, once a generation: defaults filled
// in, quantities in thousandths, cron lines compiled. What it cannot turn it refuses by the field's name, so that
// nothing in a spec is ever silently left out.
//
// It is pure: it reads no clock and asks no server. It decides nothing.
package policy

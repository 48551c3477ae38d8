// Package takeover is flyball take-over: it makes an autoscaler in mode Shadow the only one that scales its target, and undoes that.
package takeover

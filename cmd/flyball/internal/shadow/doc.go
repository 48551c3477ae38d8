// Package shadow is flyball shadow: the comparison of an autoscaler in mode Shadow with the controller that scales its target.
package shadow

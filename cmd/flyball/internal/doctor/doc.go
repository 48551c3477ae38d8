// Package doctor has the command flyball doctor, which finds what keeps autoscalers from scaling.
package doctor

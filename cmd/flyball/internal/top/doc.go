// Package top has the command flyball top, which lists autoscalers with their replicas, metrics and limits.
package top

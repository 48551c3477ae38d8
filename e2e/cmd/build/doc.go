// Command build compiles every program of the local cluster into one folder, showing its progress.
package main

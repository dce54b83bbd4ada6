/**
 * Khutulun: a service orchestrator for machine clusters that speaks TOSCA 2.0.
 *
 * The one place that joins `core/platform/` to the rest, and that reads arguments and environment.
 */
console.log("khutulun 0.1.0");

// What is known of a run before its first step.
namespace XClassFlow.Cluster.Training;

/// <summary>The start of a run.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Classes">Number of classes, N.</param>
/// <param name="Parameters">Trained values on all ranks, the class weights included.</param>
/// <param name="PlannedUpdates">Weight updates until the end.</param>
/// <param name="SamplesPerUpdate">The global batch at the start, B.</param>
/// <param name="Loaded">Lines that say what was loaded: data sets, backbone, checkpoint.</param>
public sealed record RunStarted(
    string Run, long Classes, long Parameters, long PlannedUpdates, long SamplesPerUpdate, IReadOnlyList<string> Loaded);

// How busy a stage is.
namespace XClassFlow.Cluster.Training;

/// <summary>The share of recent time that a stage spent working, in [0, 1]; the largest is the bottleneck.</summary>
public sealed record StageLoad(string Name, double BusyShare);

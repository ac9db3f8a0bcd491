// Where the rows of a class graph come from.
namespace XClassFlow.Cluster.Training;

/// <param name="Checkpoint">A checkpoint whose class weights they are; null where there are features.</param>
/// <param name="Features">An Arrow file of features; null where there is a checkpoint.</param>
public sealed record GraphRowsOptions(string? Checkpoint, string? Features);

// What xclassflow eval was asked.
namespace XClassFlow.Cluster.Training;

/// <param name="Checkpoint">The directory of a checkpoint.</param>
/// <param name="Data">The Arrow file with the samples.</param>
public sealed record EvaluateOptions(string Checkpoint, string Data);

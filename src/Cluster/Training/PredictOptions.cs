// What xclassflow predict was asked.
namespace XClassFlow.Cluster.Training;

/// <param name="Checkpoint">The directory of a checkpoint.</param>
/// <param name="Data">The Arrow file with the samples.</param>
/// <param name="Out">The Arrow file to write.</param>
/// <param name="Top">Answers per sample, best first.</param>
public sealed record PredictOptions(string Checkpoint, string Data, string Out, int Top);

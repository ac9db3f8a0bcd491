// What xclassflow graph build was asked.
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Cluster.Training;

/// <param name="Rows">The rows.</param>
/// <param name="Out">The file to write.</param>
/// <param name="K">Neighbours per class, the class itself included.</param>
/// <param name="Method">How.</param>
/// <param name="Memory">Bytes that may be used beyond the rows.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Seed">Seed of the approximate method and of the sample.</param>
/// <param name="From">An older graph to refresh; null to build from nothing.</param>
public sealed record GraphBuildOptions(GraphRowsOptions Rows, string Out, int K, GraphMethod Method, long Memory, int Threads, ulong Seed, string? From);
